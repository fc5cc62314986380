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


def issues(resource: dict[str, Any]) -> list[Issue]:
    """What is wrong with the resource, at most `SHOWN` issues; empty when it is valid. Raises nothing on any dict."""
    try:
        found = check_resource(resource) or []
    except RecursionError:
        return [Issue("too-costly", "The resource is nested too deeply.")]
    root = _root(resource)
    listed = [Issue(fault.code, fault.text, root + fault.path) for fault in found[:SHOWN]]
    if len(found) > SHOWN:
        listed.append(Issue("too-costly", f"and {len(found) - SHOWN} more.", root, "information"))
    return listed


def check(resource: dict[str, Any]) -> None:
    """Raises FhirError(422) with the issues when the resource is not valid R4."""
    if found := issues(resource):
        raise FhirError(422, found)


def _root(resource: Any) -> str:
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) and kind.isascii() and kind.isalpha() else "Resource"
