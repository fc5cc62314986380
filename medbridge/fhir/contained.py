"""Contained resources (R4 2.3.0.2): ref-1 and dom-2 to dom-5, judged where the whole resource is at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from medbridge.fhir.digits import serialize
from medbridge.fhir.faults import Fault, quote

_NAMED = re.compile(rb'"(#[^"]*)"')
_OUTER = frozenset({"versionId", "lastUpdated", "security"})
_NESTED = "A contained resource must not contain others; move it up into the container (dom-2)."


def settle_local(resource: dict[str, Any], faults: list[Fault]) -> list[Fault]:
    """Drops the faults of references that a contained resource answers (ref-1)."""
    contained = resource.get("contained")
    items = contained if isinstance(contained, list) else []
    ids = {item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)}
    return [fault._replace(local=None) for fault in faults if fault.local is None or fault.local not in ids]


def is_closed(resource: dict[str, Any]) -> bool:
    """Whether every "#id" names a contained resource, each of these is named, and nothing else is wrong with them."""
    # Read off the text: a walk in Python takes five times as long. A text with escapes matches no id, so it is refused.
    named = set(_NAMED.findall(serialize(resource))) - {b"#"}
    items = resource["contained"]
    ids = {b"#" + item["id"].encode() for item in items}
    return named == ids and len(ids) == len(items) and not any(_OUTER & item.get("meta", {}).keys() for item in items)


def contained_faults(resource: dict[str, Any]) -> Iterator[Fault]:
    """Faults of `contained`; the resource itself has been found right before."""
    links = set(_links(resource))
    seen: set[str] = set()
    for number, item in enumerate(resource["contained"]):
        place = f".contained[{number}]"
        name = item.get("id", "")
        meta = item.get("meta", {})
        if f"#{name}" not in links and "#" not in set(_links(item)):
            yield Fault(place, "invariant", f'Nothing refers to this contained resource as "#{name}" (dom-3).')
        if name in seen:
            yield Fault(
                f"{place}.id", "invariant", f"The id {quote(name)} is there twice among the contained resources."
            )
        seen.add(name)
        if "versionId" in meta or "lastUpdated" in meta:
            yield Fault(f"{place}.meta", "invariant", "A contained resource has no versionId or lastUpdated (dom-4).")
        if "security" in meta:
            yield Fault(f"{place}.meta.security", "invariant", "Security labels go on the container (dom-5).")


def nested_fault(item: dict[str, Any]) -> list[Fault]:
    return [Fault(".contained", "invariant", _NESTED)] if "contained" in item else []


def _links(value: Any) -> Iterator[str]:
    """Every text that starts with "#": references, and the canonical, uri and url values that may point inside."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _links(item)
    elif isinstance(value, list):
        for item in value:
            yield from _links(item)
    elif isinstance(value, str) and value.startswith("#"):
        yield value
