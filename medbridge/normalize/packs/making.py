"""Resources in the making: where rows put their values, what refers to what, and which resource is which."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from medbridge.normalize.conversion import Problem, Source
from medbridge.normalize.identity import resource_id
from medbridge.normalize.packs.targets import Step

NAMED = frozenset({"Practitioner", "Organization", "Location"})  # references to these show the name
Written = tuple["Made", dict[str, Any]]


class Made:
    """One resource being filled.

    key: parts of its business id by label; a part that is a Made stands for that resource's id. Without any, the id
    follows from the content. solid: a row that has a source filled it; constants alone make no resource.
    amends: the message knows only part of the resource: what it does not say of it stays as it is stored.
    each: a further resource with the same business id in one message is another one, told apart by its number.
    """

    __slots__ = ("amends", "each", "id", "key", "node", "refers", "resource", "row", "slots", "solid", "type")

    def __init__(self, type: str, row: str = "", node: Any = None) -> None:
        self.type = type
        self.node = node  # what it is made of
        self.row = row  # which began it
        self.resource: dict[str, Any] = {"resourceType": type}
        self.key: dict[str, str | Made] = {}
        self.refers: list[tuple[dict[str, Any], Made]] = []
        self.slots: dict[tuple[str, int], Any] = {}
        self.solid = False
        self.each = False
        self.amends = False
        self.id = ""

    def refer(self, reference: dict[str, Any], target: Made) -> None:
        """`reference`, an element of this resource, gets its text when the target's id is known."""
        self.refers.append((reference, target))

    def absorb(self, more: dict[str, Any] | Made) -> None:
        """Take over what another row made of the same resource; what is there already stays."""
        if isinstance(more, Made):
            self.key = {**more.key, **self.key}
            self.refers += more.refers
            self.each = self.each or more.each
            more = more.resource
        fill(self.resource, more)
        self.solid = True


class Frame:
    """The resources that rows call by name (`Patient`, `Observation[2]`) in one repetition of a group."""

    __slots__ = ("outer", "slots")

    def __init__(self, outer: Frame | None = None) -> None:
        self.outer = outer
        self.slots: dict[str, Made] = {}

    def find(self, name: str) -> Made | None:
        frame: Frame | None = self
        while frame is not None:
            if (made := frame.slots.get(name)) is not None:
                return made
            frame = frame.outer
        return None


@dataclass(frozen=True, slots=True)
class Trace:
    """One value put: which row, from which node, into which member of which object of a resource."""

    made: Made
    element: dict[str, Any]
    name: str
    value: Any
    row: str
    node: Any


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A code that no concept map knows: the field it stands in, the map asked, and what was sent."""

    place: str
    table: str
    code: str
    display: str = ""
    system: str = ""


@dataclass(slots=True)
class Scope:
    """One message on its way through a pack. `names`: what conditions call $event and the like."""

    source: Source
    names: dict[str, str] = field(default_factory=dict)
    context: Any = None
    made: list[Made] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    fired: dict[str, None] = field(default_factory=dict)
    used: list[Any] = field(default_factory=list)
    trace: list[Trace] | None = None
    hollow: bool = False  # something empty was left behind, which finish() clears away

    def problem(self, place: str, reason: str, stage: str = "convert") -> None:
        self.problems.append(Problem(stage, place, reason))


class Place:
    """Where the rows of a map write: an element of a resource, with the slots that they have opened in it."""

    __slots__ = ("element", "frame", "made", "path", "scope", "slots")

    def __init__(self, element: dict[str, Any], made: Made, frame: Frame, scope: Scope, path: str = "") -> None:
        self.element = element
        self.made = made
        self.frame = frame
        self.scope = scope
        self.path = path
        self.slots: dict[tuple[str, int], Any] = {}

    def put(self, steps: tuple[Step, ...], n: int, value: Any) -> Written | None:
        """Write `value` at the end of `steps`, for repetition n of the source. What is there already stays.

        Returns the resource and the element written into, None when another value was there.
        """
        element, made = self.element, self.made
        for step in steps[:-1]:
            if step.refers:
                made = self._referred(step, n, element, made)
                element = made.resource
            elif step.many:
                element = self._entry(step, n, element)
            else:
                element = element.setdefault(step.name, {})
        written = self._last(steps[-1], n, element, made, value)
        if written is None and len(steps) > 1:
            self.scope.hollow = True
        return written

    def _last(self, step: Step, n: int, element: dict[str, Any], made: Made, value: Any) -> Written | None:
        if step.refers:
            self._referred(step, n, element, made).absorb(value)
        elif step.many:
            self._append(step, n, element, value)
        elif isinstance(value, list):
            return self._last(step, n, element, made, value[0])
        elif step.others and any(other in element for other in step.others):
            return None
        elif isinstance(value, dict) and step.name in element:
            fill(element[step.name], value)
        elif step.name in element:
            return None
        else:
            element[step.name] = value
        return made, element

    def _append(self, step: Step, n: int, element: dict[str, Any], value: Any) -> None:
        if isinstance(value, list):
            for each in value:
                self._append(step, n, element, each)
                n -= 1000  # one source, several entries: only the first is the slot that other rows fill
            return
        entries = element.setdefault(step.name, [])
        slots = self.made.slots if step.shared else self.slots
        known = slots.get((step.key, n)) if isinstance(value, dict) else None
        if known is not None:
            fill(known, value)
        elif not value or value not in entries:  # an empty one is a reference that is named later
            entries.append(value)
            if isinstance(value, dict):
                slots[step.key, n] = value

    def _entry(self, step: Step, n: int, element: dict[str, Any]) -> dict[str, Any]:
        slots = self.made.slots if step.shared else self.slots
        entry: dict[str, Any] | None = slots.get((step.key, n))
        if entry is None:
            entry = slots[step.key, n] = {}
            element.setdefault(step.name, []).append(entry)
        return entry

    def _referred(self, step: Step, n: int, reference: dict[str, Any], made: Made) -> Made:
        target: Made | None = self.slots.get((step.key + "(", n))
        if target is None:
            target = self.slots[step.key + "(", n] = Made(step.name)
            self.scope.made.append(target)
            made.refer(reference, target)
        return target


def fill(known: dict[str, Any], more: dict[str, Any]) -> None:
    """Add what is not there yet, down through objects; lists are not mixed."""
    for name, value in more.items():
        if name not in known:
            known[name] = value
        elif isinstance(value, dict) and isinstance(known[name], dict):
            fill(known[name], value)


def finish(scope: Scope) -> list[dict[str, Any]]:
    """The resources with ids and references, in the order they were begun; of two with one id the later's content."""
    hospital = scope.source.hospital
    taken: dict[tuple[str, str], Made] = {}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    solid = [made for made in scope.made if made.solid]
    for made in solid:
        identify(made, hospital, taken)
    for made in solid:
        _refer(made, hospital, taken)
        if scope.hollow or any(not target.solid for _, target in made.refers):
            prune(made.resource)
        made.resource["id"] = made.id
        found[made.type, made.id] = made.resource
    return list(found.values())


def identify(made: Made, hospital: str, taken: dict[tuple[str, str], Made]) -> str:
    """UUIDv5 of source, type and business id, or of the content where the message names no business id."""
    if made.id:
        return made.id
    made.id = "-"  # two resources that name each other by content: the inner one goes without the outer's id
    if made.key:
        parts = [_part(made.key[label], hospital, taken) for label in sorted(made.key)]
    else:
        _refer(made, hospital, taken)
        parts = ["content", json.dumps(made.resource, sort_keys=True, ensure_ascii=False, default=str)]
    made.id = resource_id(hospital, made.type, *parts)
    number = 1
    while made.each and (made.type, made.id) in taken:
        number += 1
        made.id = resource_id(hospital, made.type, *parts, str(number))
    taken[made.type, made.id] = made
    return made.id


def _part(part: str | Made, hospital: str, taken: dict[tuple[str, str], Made]) -> str:
    return part if isinstance(part, str) else f"{part.type}/{identify(part, hospital, taken)}"


def _refer(made: Made, hospital: str, taken: dict[tuple[str, str], Made]) -> None:
    for reference, target in made.refers:
        if target.solid:
            reference["reference"] = f"{target.type}/{identify(target, hospital, taken)}"
            if name := target.type in NAMED and label(target.resource.get("name")):
                reference.setdefault("display", name)


def label(name: Any) -> str:
    """One line of a name: a text, or the first HumanName."""
    if not isinstance(name, list):
        return name or ""
    first = name[0]
    parts = [*first.get("prefix", []), *first.get("given", []), first.get("family", ""), *first.get("suffix", [])]
    return first.get("text") or " ".join(part for part in parts if part)


def prune(value: Any) -> bool:
    """Take out what holds nothing, in place: FHIR forbids empty objects and lists. False when nothing is left."""
    if isinstance(value, dict):
        for name in [name for name, each in value.items() if not prune(each)]:
            del value[name]
        return bool(value)
    if isinstance(value, list):
        value[:] = [each for each in value if prune(each)]
        return bool(value)
    return value is not None and value != ""
