"""One invariant of R4: a plain test of an object whose structure is known to be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from medbridge.fhir.faults import Fault


class Rule(NamedTuple):
    """key: R4's name of the constraint. holds: truthy when the object keeps it. text: what to do when not.

    place: the element to point at, from the object (".abatementDateTime"), or a function that finds it.
    """

    key: str
    holds: Callable[[dict[str, Any]], object]
    text: str
    place: str | Callable[[dict[str, Any]], str] = ""

    def fault(self, value: dict[str, Any]) -> Fault:
        place = self.place if isinstance(self.place, str) else self.place(value)
        return Fault(place, "invariant", f"{self.text} ({self.key}).")


Table = dict[str, tuple[Rule, ...]]
