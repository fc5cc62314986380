"""A resource with one bad element is worth more without it than not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from medbridge.fhir import validate
from medbridge.fhir.outcome import Issue

STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")
# Each round may bring to light what the fault before it hid; what is not right after some is not worth more.
MAX_ROUNDS = 5


def mend(resource: dict[str, Any], found: Sequence[Issue]) -> bool:
    """Takes out the elements that the issues name, innermost first. True: what is left is valid."""
    for _ in range(MAX_ROUNDS):
        taken = [_take_out(resource, issue.expression or "") for issue in found]
        if not any(taken):
            return False
        if not (found := validate.issues(resource)):
            return True
    return False


def _take_out(resource: dict[str, Any], expression: str) -> bool:
    """Removes what the path leads to, or the nearest thing around it that is there; never the resource itself."""
    steps = STEP.findall(expression)[1:]
    holders: list[tuple[Any, str | int]] = []
    current: Any = resource
    for name, number in steps:
        if not isinstance(current, dict) or name not in current:
            break
        holders.append((current, name))
        current = current[name]
        if isinstance(current, list) and number and int(number) < len(current):
            holders.append((current, int(number)))
            current = current[int(number)]
    if not holders:
        return False
    holder, key = holders[-1]
    del holder[key]
    _prune(holders)
    return True


def _prune(holders: list[tuple[Any, str | int]]) -> None:
    """FHIR forbids empty lists and objects: what the removal left empty goes, too."""
    for holder, key in reversed(holders[:-1]):
        if not holder[key]:
            del holder[key]
