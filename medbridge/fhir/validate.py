"""Is this resource valid FHIR R4? The one door to validation.

Judged: elements, cardinality, primitive types, required bindings, references and their targets, contained resources,
narratives, invariants. Not judged here: profiles, and bindings weaker than required.
"""

from __future__ import annotations

from typing import Any

from medbridge.fhir.elements import check_resource
from medbridge.fhir.outcome import FhirError, Issue

# An outcome is read by a person; past this many faults the sender has another problem than the single elements.
SHOWN = 50


def issues(resource: dict[str, Any], *, place: str | None = None) -> list[Issue]:
    """What is wrong with the resource, at most `SHOWN` issues; empty when it is valid. Raises nothing on any dict.

    place: what expressions start with ("Bundle.entry[3].resource"); the resource type when left out.
    """
    root = place or _root(resource)
    try:
        found = check_resource(resource) or []
    except RecursionError:
        return [Issue("too-costly", "The resource is nested too deeply.", root)]
    listed = [Issue(fault.code, fault.text, root + fault.path) for fault in found[:SHOWN]]
    if len(found) > SHOWN:
        listed.append(Issue("too-costly", f"and {len(found) - SHOWN} more.", root, "information"))
    return listed


def check(resource: dict[str, Any], *, place: str | None = None) -> None:
    """Raises FhirError(422) with the issues when the resource is not valid R4."""
    if found := issues(resource, place=place):
        raise FhirError(422, found)


def _root(resource: Any) -> str:
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) and kind.isascii() and kind.isalpha() else "Resource"
