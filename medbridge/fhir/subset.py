"""Parts of a resource: `_summary` and `_elements` (FHIR R4 search.html#summary, #elements).

What comes out is not what was hashed: it is marked SUBSETTED, so that nobody writes it back or holds a receipt to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

import orjson

from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.structure import elements as defined
from medbridge.fhir.structure import resource_types

Summary = Literal["true", "text", "data"]

_FLAGGED: dict[str, str] = orjson.loads((files("medbridge.fhir") / "tables" / "summary.json").read_bytes())["types"]
_TAG = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}
# Who asks for elements must still learn what the resource is, and what changes its meaning.
_ALWAYS = frozenset(("resourceType", "id", "meta", "implicitRules", "modifierExtension"))
# An element that is kept keeps what qualifies it.
_OWN = frozenset(("id", "extension", "modifierExtension"))
# The lists of `_elements` come from the outside; each takes a few hundred bytes.
_CUTS_CACHED = 512


def cut(body: bytes, *, summary: str | None = None, elements: Sequence[str] = (), type: str) -> bytes:
    """The stored resource of the type, less what was not asked for; the digits of numbers stay as they were.

    summary: "true", "text" or "data"; anything else cuts nothing. elements: names of top-level elements of the type,
    without the type of a choice (`value` is `valueQuantity`) or with it; both together: what both keep. A body that
    neither cuts is returned as it is.
    """
    if not elements and summary not in ("true", "text", "data"):
        return body
    resource = parse(body)
    if summary == "true":
        resource = _summary(resource, type)
    elif summary == "text":
        resource = _only(resource, _required(type) | {"text"})
    elif summary == "data":
        resource.pop("text", None)
    if elements:
        resource = _only(resource, _named(type, tuple(elements)))
    return serialize(_marked(resource))


def element_names(type: str) -> frozenset[str]:
    """What `_elements` may name: the top-level elements of the type, choices in both spellings."""
    table = defined(type)
    return frozenset(table) | {element.choice for element in table.values() if element.choice}


def _only(resource: dict[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key in keys or (key[:1] == "_" and key[1:] in keys)}


def _summary(node: dict[str, Any], of: str) -> dict[str, Any]:
    keys, inner = _flagged(of)
    kept = _only(node, keys)
    for key in inner.keys() & kept.keys():
        value = kept[key]
        if type(value) is dict:
            kept[key] = _summary(value, inner[key])
        elif type(value) is list:
            kept[key] = [_summary(item, inner[key]) if type(item) is dict else item for item in value]
    return kept


def _marked(resource: dict[str, Any]) -> dict[str, Any]:
    meta = resource.get("meta", {})
    tags = meta.get("tag", [])
    if any(tag.get("system") == _TAG["system"] and tag.get("code") == _TAG["code"] for tag in tags):
        return resource
    return resource | {"meta": meta | {"tag": [*tags, _TAG]}}


@cache
def _required(type: str) -> frozenset[str]:
    """R4: mandatory elements are always returned. Of a mandatory choice whichever is there."""
    return _ALWAYS | {key for key, element in defined(type).items() if element.required}


@lru_cache(maxsize=_CUTS_CACHED)
def _named(type: str, names: tuple[str, ...]) -> frozenset[str]:
    wanted = {name.removeprefix(f"{type}.") for name in names}
    return _required(type) | {key for key, e in defined(type).items() if key in wanted or e.choice in wanted}


@cache
def _flagged(type: str) -> tuple[frozenset[str], dict[str, str]]:
    """The keys of the type that a summary keeps, and the types of those in which it cuts again."""
    flagged = frozenset(_FLAGGED[type].split())
    kept = {k: e.type for k, e in defined(type).items() if e.required or k in flagged or e.choice in flagged}
    always = _ALWAYS if type in resource_types() else _OWN
    return frozenset(kept) | always, {key: inner for key, inner in kept.items() if inner in _FLAGGED}
