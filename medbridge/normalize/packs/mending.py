"""Whatever was sent, what leaves is valid: an element that FHIR refuses is taken out and reported, never stored."""

from __future__ import annotations

import re
from typing import Any

from medbridge.fhir.validate import issues
from medbridge.normalize.packs.making import Scope, prune

ROUNDS = 8  # each takes out at least one element; a resource that is still wrong after that is left out whole
STEP = re.compile(r"([A-Za-z_]+)(?:\[(\d+)\])?")


def mended(resources: list[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
    """The valid ones of the resources, mended in place where that suffices; no reference leads to one left out."""
    kept = [resource for resource in resources if _mend(resource, scope)]
    while len(kept) < len(resources):
        known = {f"{each['resourceType']}/{each['id']}" for each in kept}
        lost = {f"{each['resourceType']}/{each['id']}" for each in resources} - known
        resources = kept
        for resource in resources:
            if _without(resource, lost):
                prune(resource)
        kept = [resource for resource in resources if _mend(resource, scope)]
    return kept


def _mend(resource: dict[str, Any], scope: Scope) -> bool:
    type = resource["resourceType"]
    for _ in range(ROUNDS):
        found = [issue for issue in issues(resource) if issue.severity in ("error", "fatal")]
        if not found:
            return True
        for issue in found:
            place = issue.expression or type
            scope.problem(_source(resource, scope), f"{place} is left out: {issue.diagnostics}")
            if not _take_out(resource, place):
                return False
        prune(resource)
    scope.problem(_source(resource, scope), f"{type} is left out: it does not become valid FHIR")
    return False


def _source(resource: dict[str, Any], scope: Scope) -> str:
    """Where in the message the resource comes from."""
    found = next((made.node for made in scope.made if made.resource is resource), None)
    return found.place if found is not None else str(resource["resourceType"])


def _take_out(resource: dict[str, Any], path: str) -> bool:
    """Remove the element that a path names, or the innermost one there is around it; False for the resource itself."""
    holder: Any = resource
    last: tuple[Any, Any] | None = None
    for name, index in STEP.findall(path.partition(".")[2]):
        if not isinstance(holder, dict) or name not in holder:
            break
        last, holder = (holder, name), holder[name]
        if index and isinstance(holder, list) and int(index) < len(holder):
            last, holder = (holder, int(index)), holder[int(index)]
    if last is None or last[1] in ("id", "resourceType"):
        return False
    container, key = last
    if isinstance(container, list):
        container[key] = None
    else:
        del container[key]
    return True


def _without(value: Any, lost: set[str]) -> bool:
    """Take out references to what is lost; True when there was one."""
    if isinstance(value, list):
        return any(_without(each, lost) for each in value)
    if not isinstance(value, dict):
        return False
    if value.get("reference") in lost:
        value.clear()
        return True
    return any(_without(each, lost) for each in value.values())
