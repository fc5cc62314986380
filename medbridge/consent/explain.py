"""Who may see which of a person's records, and what says so: rules.decide for each kind of reader. Pure."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from medbridge.consent.purpose import BREAK_THE_GLASS
from medbridge.consent.rules import Decision, Node, Request, Row, decide
from medbridge.fhir.dates import LATEST

# Of these conditions _teller knows what of a record they look at. Where a node has another one, no two are alike.
_KNOWN = frozenset(
    {"consent", "version", "patient", "custodian", "depth", "path", "permit", "never", "actors", "purposes", "starts",
     "ends", "classes", "instances", "data_low", "data_high"}
)  # fmt: skip
_FURTHER = tuple(field.name for field in fields(Node) if field.name not in _KNOWN)


@dataclass(frozen=True, slots=True, order=True)
class Reader:
    """All accounts that the rules cannot tell apart. `practitioner`, `groups`: only as far as a consent names them."""

    hospital: str
    role: str
    practitioner: str
    groups: tuple[str, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds beside the consents. `emergency`: "Group/x", whose members alone break the glass."""

    at: datetime
    emergency: str
    custodian_rule: bool = True


@dataclass(frozen=True, slots=True)
class Ruled:
    """So many records of one type, of one custodian, about which the same is decided for the same reason."""

    decision: Decision
    custodian: str | None
    type: str
    count: int


def explain(
    nodes: Iterable[Node], rows: Iterable[Row], readers: Iterable[Reader], policy: Policy
) -> dict[Reader, list[Ruled]]:
    """For each kind of reader, what is decided about these records."""
    judge = _Judge(nodes, policy)
    alike = _alike(rows, judge)
    told: dict[Reader, list[Ruled]] = {}
    for reader in readers:
        counts: Counter[tuple[Decision, str | None, str]] = Counter()
        for row, count in alike:
            counts[judge.decision(reader, row), row.custodian, row.type] += count
        told[reader] = [Ruled(*key, count) for key, count in counts.items()]
    return told


@dataclass(frozen=True, slots=True)
class Change:
    """How many records of a type a reader sees after a change of the consents and not before, or the reverse."""

    reader: Reader
    opened: bool
    type: str
    count: int


def changes(
    before: Sequence[Node], after: Sequence[Node], rows: Iterable[Row], readers: Iterable[Reader], policy: Policy
) -> list[Change]:
    """What it means when the nodes `after` take the place of the nodes `before`."""
    old, new = _Judge(before, policy), _Judge(after, policy)
    alike = _alike(rows, _Judge([*before, *after], policy))
    found: list[Change] = []
    for reader in readers:
        counts: Counter[tuple[bool, str]] = Counter()
        for row, count in alike:
            opened = new.decision(reader, row).visible
            if opened != old.decision(reader, row).visible:
                counts[opened, row.type] += count
        found += [Change(reader, *key, count) for key, count in counts.items()]
    return found


class _Judge:
    """The nodes by what they bind, so that each record meets only its own."""

    def __init__(self, nodes: Iterable[Node], policy: Policy) -> None:
        self.policy = policy
        self._binding: dict[tuple[str | None, str | None], list[Node]] = {}
        for node in nodes:
            self._binding.setdefault((node.patient, node.custodian), []).append(node)

    def binding(self, row: Row) -> list[Node]:
        return self._binding.get((row.patient, row.custodian), [])

    def decision(self, reader: Reader, row: Row) -> Decision:
        glass = reader.purpose == BREAK_THE_GLASS
        if glass and self.policy.emergency not in reader.groups:
            return Decision(False, None, None, f"Only members of {self.policy.emergency} may break the glass.")
        request = Request(
            hospital=reader.hospital or None, practitioner=reader.practitioner or None, role=reader.role,
            groups=reader.groups, patients=(), purpose=reader.purpose, at=self.policy.at,
        )  # fmt: skip
        return decide(self.binding(row), request, row, custodian_rule=self.policy.custodian_rule)


def _alike(rows: Iterable[Row], judge: _Judge) -> list[tuple[Row, int]]:
    """One record of each kind that no node can tell apart, and how many there are: thousands become a few."""
    tellers: dict[tuple[str | None, str | None], Callable[[Row], object]] = {}
    kinds: dict[object, list[Row]] = {}
    for row in rows:
        bound = row.patient, row.custodian
        if bound not in tellers:
            tellers[bound] = _teller(judge.binding(row))
        kinds.setdefault(tellers[bound](row), []).append(row)
    return [(same[0], len(same)) for same in kinds.values()]


def _teller(nodes: Collection[Node]) -> Callable[[Row], object]:
    """What of a record these nodes can be about: whether it is named, and on which side of each date it lies."""
    named = {reference for node in nodes for reference in node.instances or ()}
    bounds = sorted({each for node in nodes for each in (node.data_low, node.data_high) if each is not None})
    whole = any(getattr(node, name) for node in nodes for name in _FURTHER)

    def told(row: Row) -> object:
        kept = replace(row, id=row.id if whole or f"{row.type}/{row.id}" in named else "", low=None, high=None)
        if not whole:
            kept = replace(kept, labels=(), marks=(), referrers=())
        return kept, _place(row.low, bounds), _place(row.high, bounds), row.high is not None and row.high >= LATEST

    return told


def _place(moment: datetime | None, bounds: list[datetime]) -> tuple[int, int] | None:
    return None if moment is None else (bisect_left(bounds, moment), bisect_right(bounds, moment))
