"""One invariant of R4: a plain test of an object whose structure is known to be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from medbridge.fhir.faults import Fault

Object = dict[str, Any]
Holds = Callable[[Object], object]


class Rule(NamedTuple):
    """key: R4's name of the constraint. holds: truthy when the object keeps it. text: what to do when not.

    place: the element to point at, from the object (".entry[0].fullUrl"), or a function that finds it.
    """

    key: str
    holds: Holds
    text: str
    place: str | Callable[[Object], str] = ""

    def fault(self, value: Object) -> Fault:
        place = self.place if isinstance(self.place, str) else self.place(value)
        return Fault(place, "invariant", f"{self.text} ({self.key}).")


Table = dict[str, tuple[Rule, ...]]


def has(value: Object, *keys: str) -> bool:
    """Whether any of the elements is there, if only as an extension of its absent value (FHIRPath `exists()`)."""
    for key in keys:  # noqa: SIM110 (a generator would take twice the time, and this is asked for every element)
        if key in value or f"_{key}" in value:
            return True
    return False


def chosen(value: Object, choice: str) -> bool:
    """Whether any key of the choice is there: `chosen(o, "value")` for `value[x]`."""
    size = len(choice)
    for key in value:
        if choice in key:
            name = key.removeprefix("_")
            if name.startswith(choice) and name[size : size + 1].isupper():
                return True
    return False


def some(*keys: str) -> Holds:
    """At least one of the elements is there."""
    return lambda value: has(value, *keys)


def one(*keys: str) -> Holds:
    """Exactly one of the elements is there."""
    return lambda value: sum(has(value, key) for key in keys) == 1


def at_most_one(*keys: str) -> Holds:
    return lambda value: sum(has(value, key) for key in keys) <= 1


def needs(key: str, *others: str) -> Holds:
    """Where `key` is, one of the others is too."""
    return lambda value: others[0] in value or not has(value, key) or has(value, *others)


def distinct(items: list[Any]) -> bool:
    return len(set(items)) == len(items)


def coded(value: Object, element: str, system: str, *codes: str) -> bool:
    """Whether the CodeableConcept has a coding of the system with one of the codes."""
    codings = value.get(element, {}).get("coding", ())
    return any(coding.get("system") == system and coding.get("code") in codes for coding in codings)
