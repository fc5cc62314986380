"""The rules in force over a Patient's data as this process remembers them, each with the number that proves them so.

A statement that reads records says which number it saw (compile.Visible.state). The same number is the same rules, so
they are read from their table once for many requests, and never taken for what they were.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from medbridge.consent.rules import Node, Request, concerns
from medbridge.database.fetch import fetch

# Rules that one process remembers, some 600 bytes each; past it, it begins anew.
REMEMBERED = 20_000
# Kinds of readers that one Patient's rules are remembered for: as a rule those of one hospital.
READERS = 50
_COLUMNS = tuple(each.name for each in fields(Node))
_ONE_ROW_EACH = "(n.reader IS NULL OR n.reader = '' OR n.reader = n.actors[1])"
_SELECT = f"""SELECT p.patient, s.number, {", ".join(f"n.{name}" for name in _COLUMNS)}
FROM unnest(%s::text[]) p(patient) LEFT JOIN consent_state s ON s.patient = p.patient
LEFT JOIN consent_node n ON n.patient = p.patient AND {_ONE_ROW_EACH}"""  # noqa: S608
_Reader = tuple[object, ...]


@dataclass(slots=True)
class Held:
    """`concerning`: reader and purpose -> the nodes that can be about them."""

    state: int | None
    nodes: list[Node]
    concerning: dict[_Reader, list[Node]] = field(default_factory=dict)

    def about(self, request: Request) -> list[Node]:
        reader = (request.hospital, request.practitioner, request.groups, request.purpose)
        found = self.concerning.get(reader)
        if found is None:
            if len(self.concerning) >= READERS:
                self.concerning.clear()
            found = self.concerning[reader] = [node for node in self.nodes if concerns(node, request)]
        return found


NOTHING = Held(None, [])


class _Memory:
    """Of one process, for all its threads: each step is one operation on a dict."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}
        self.size = 0

    def put(self, found: dict[str, Held]) -> None:
        self.size += sum(1 + len(held.nodes) for held in found.values())
        if self.size > REMEMBERED:
            self.held, self.size = {}, 0
        self.held.update(found)


_memory = _Memory()


def remembered(patient: str, state: int | None) -> Held | None:
    """None where this process does not know the rules of this number."""
    if state is None:
        return NOTHING
    held = _memory.held.get(patient)
    return held if held is not None and held.state == state else None


def load(patients: Collection[str]) -> dict[str, Held]:
    """As they are now, read by one statement, and remembered."""
    found = {patient: Held(None, []) for patient in patients}
    for patient, state, *values in fetch(_SELECT, [list(patients)]):
        found[patient].state = state
        if values[0] is not None:
            found[patient].nodes.append(_node(values))
    _memory.put(found)
    return found


def _node(values: Sequence[Any]) -> Node:
    lists: list[Any] = [tuple(value) if type(value) is list else value for value in values]
    return Node(*lists)


@dataclass(frozen=True, slots=True)
class Dated:
    """A rule, and the numbers from which on and until which it was in force."""

    node: Node
    since: int
    until: int | None

    def held(self, state: int) -> bool:
        return self.since <= state and (self.until is None or state < self.until)


def ever(patients: Collection[str]) -> dict[str, list[Dated]]:
    """All rules that were ever in force over these Patients' data."""
    columns = ", ".join(f"n.{name}" for name in _COLUMNS)
    where = f"WHERE n.patient = ANY(%s::text[]) AND {_ONE_ROW_EACH}"
    rows = fetch(
        f"SELECT n.since, NULL::bigint, {columns} FROM consent_node n {where}"  # noqa: S608
        f" UNION ALL SELECT n.since, n.until, {columns} FROM consent_past n {where}",
        [list(patients), list(patients)],
    )
    found: dict[str, list[Dated]] = {patient: [] for patient in patients}
    for since, until, *values in rows:
        node = _node(values)
        found[node.patient].append(Dated(node, since, until))
    return found
