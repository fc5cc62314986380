"""What a Reference may say and point to (R4 2.3.0): the form of its text, and the types its element allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from medbridge.fhir.faults import Check, Fault, quote
from medbridge.fhir.primitives import TEXT_TESTS
from medbridge.fhir.structure import resource_types

_ID = r"[A-Za-z0-9\-.]{1,64}"
# Relative, absolute, inside (#id) and, inside bundles only, urn: and conditional ("Patient?identifier=s|1") references.
_FORMS = re.compile(
    rf"(?P<base>https?://[^\s?#]+/)?(?P<type>[A-Z][A-Za-z]+)/{_ID}(?:/_history/{_ID})?(?:\#{_ID})?"
    rf"|(?P<conditional>[A-Z][A-Za-z]+)\?\S+"
    rf"|\#(?P<local>\S{{0,64}})"
    rf"|(?P<other>[a-z][a-z0-9+.\-]*:\S+)",
    re.ASCII,
)
_MALFORMED = 'is not a reference; write "Type/id", an absolute URL, "urn:uuid:...", or "#id" for a contained resource.'


def check_reference(body: Check, targets: Sequence[str]) -> Check:
    """The check of a Reference element: `body` judges it as a type, `targets` are the allowed types (empty: any)."""
    allowed = frozenset(targets) or resource_types()

    def check(value: Any) -> list[Fault] | None:
        if found := body(value):
            return found
        text = value.get("reference")
        if text is not None and (fault := _judge(text, allowed)):
            return [fault]
        named = value.get("type")
        return _judge_type(named, text, allowed) if named in resource_types() else None

    return check


def _judge_type(named: str, text: str | None, allowed: frozenset[str]) -> list[Fault] | None:
    if named not in allowed:
        return [Fault("", "value", _wrong_target(named, allowed))]
    told = kind_of(text) if text else ""
    if told in ("", "#", named):
        return None
    return [Fault(".type", "value", f"says {named}, but the reference is to a {told}; correct one of them.")]


def kind_of(text: str) -> str:
    """The resource type that a reference tells; "#" for one inside, "" where none is told. Raises ValueError."""
    match = _FORMS.fullmatch(text) if TEXT_TESTS["string"](text) else None
    kind = match and (match["type"] or match["conditional"] or ("#" if match["local"] else ""))
    if match is None or kind is None or (kind not in resource_types() and kind not in ("", "#") and not match["base"]):
        raise ValueError(text)
    return kind if kind == "#" or kind in resource_types() else ""


def passing(targets: Sequence[str], *, local: bool) -> frozenset[str]:
    """What `kind_of` may tell of a reference to one of the targets. local: contained resources are looked for later."""
    return (frozenset(targets) or resource_types()) | {""} | ({"#"} if local else set())


def _judge(text: str, allowed: frozenset[str]) -> Fault | None:
    match = _FORMS.fullmatch(text)
    if match is None:
        return Fault(".reference", "value", f"{quote(text)} {_MALFORMED}")
    kind = match["type"] or match["conditional"]
    if kind is None:
        if local := match["local"]:
            return Fault(".reference", "invariant", f'No contained resource has the id "{local}" (ref-1).', local)
        return None
    if kind in allowed:
        return None
    if kind in resource_types():
        return Fault("", "value", _wrong_target(kind, allowed))
    if match["base"]:
        # An absolute URL need not be a FHIR address.
        return None
    return Fault(".reference", "value", f"{quote(text)}: R4 has no resource type {kind}.")


def _wrong_target(kind: str, allowed: frozenset[str]) -> str:
    return f"must not refer to a {kind}; allowed: {', '.join(sorted(allowed))}."
