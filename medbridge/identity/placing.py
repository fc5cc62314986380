"""Which person a Patient belongs to, over the Patients around it held in memory. Pure; link.py loads and saves.

A person is what LINK verdicts and reviewers' decisions connect, as long as nothing speaks against any two of its
Patients. So the order in which Patients arrive does not matter, and a Patient whose identifiers change may leave.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import combinations, product
from uuid import UUID

from medbridge.identity.matching import Outcome, Traits, Verdict, blocking_keys, compare, conflicts

# More holders than any person has Patients: a number typed for want of one, of which no pair is worth comparing.
BLOCK_LIMIT = 50


class How(StrEnum):
    NEW = "NEW"
    AUTO = "AUTO"
    MANUAL = "MANUAL"


@dataclass
class Member:
    """One Patient in the index. `how` and `reasons`: why it is in its person; `at`: last placed."""

    patient: str
    hospital: str
    traits: Traits
    person: UUID
    at: datetime
    how: How = How.NEW
    reasons: tuple[str, ...] = ()


@dataclass
class Neighbourhood:
    """The Patients that may matter, their keys, and what reviewers decided of pairs (True: one person).

    `open`: pairs that wait for a reviewer, and the number of the row that says so.
    """

    fresh: Callable[[], UUID]
    members: dict[str, Member] = field(default_factory=dict)
    decided: dict[frozenset[str], bool] = field(default_factory=dict)
    open: dict[frozenset[str], int] = field(default_factory=dict)
    holders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    changed: set[str] = field(default_factory=set)
    _people: dict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, member: Member) -> None:
        self.members[member.patient] = member
        self._people[member.person].add(member.patient)

    def kin(self, person: UUID) -> list[Member]:
        return [self.members[patient] for patient in sorted(self._people[person])]

    def place(self, patient: str, hospital: str, traits: Traits, at: datetime) -> dict[str, tuple[str, ...]]:
        """Put a new or changed Patient where it belongs. Patients that a reviewer must compare it with, and why."""
        if known := self.members.get(patient):
            known.hospital, known.traits, known.at = hospital, traits, at
        else:
            self.add(Member(patient, hospital, traits, self.fresh(), at))
        self.changed.add(patient)
        self.part(self.members[patient].person)
        near = self._near(patient, traits)
        verdicts = {other: compare(traits, self.members[other].traits) for other in near}
        doubts = {other: self._meet(patient, other, verdict) for other, verdict in verdicts.items()}
        return {other: why for other, why in doubts.items() if why and not self.same_person(patient, other)}

    def same_person(self, a: str, b: str) -> bool:
        return self.members[a].person == self.members[b].person

    def part(self, person: UUID) -> None:
        """Split a person whose Patients no longer hang together; the largest part keeps the id."""
        parts = self._parts([member.patient for member in self.kin(person)])
        for part in sorted(parts, key=lambda part: (-len(part), len(part & self.changed), min(part)))[1:]:
            self.move(part, self.fresh())
            if len(part) == 1:
                self.explain(min(part), How.NEW, ("no longer connected to the others",))

    def move(self, patients: Iterable[str], person: UUID) -> None:
        for patient in sorted(patients):
            member = self.members[patient]
            self._people[member.person].discard(patient)
            member.person = person
            self._people[person].add(patient)
            self.changed.add(patient)

    def explain(self, patient: str, how: How, reasons: tuple[str, ...]) -> None:
        self.members[patient].how, self.members[patient].reasons = how, reasons
        self.changed.add(patient)

    def forget(self, patient: str) -> None:
        """Take a Patient out; those it connected are parted."""
        member = self.members.pop(patient)
        self._people[member.person].discard(patient)
        self.changed.discard(patient)
        self.part(member.person)

    def empty(self) -> set[UUID]:
        """Persons of whom no Patient is left."""
        return {person for person, patients in self._people.items() if not patients}

    def objections(self, a: UUID, b: UUID) -> list[str]:
        """What speaks against any Patient of one person being any Patient of the other."""
        found: list[str] = []
        for x, y in product(self.kin(a), self.kin(b)):
            word = self.decided.get(frozenset((x.patient, y.patient)))
            if word is None:
                found += conflicts(x.traits, y.traits)
            elif not word:
                found.append(f"{x.patient} and {y.patient} were told apart by a reviewer")
        return list(dict.fromkeys(found))

    def _meet(self, patient: str, other: str, verdict: Verdict) -> tuple[str, ...]:
        """Link the two if nothing is against it; otherwise what a reviewer should know. Empty: nothing to review."""
        mine, theirs = self.members[patient].person, self.members[other].person
        if mine == theirs or verdict.outcome is Outcome.NONE or frozenset((patient, other)) in self.decided:
            return ()
        against = self.objections(mine, theirs)
        if verdict.outcome is Outcome.REVIEW or against:
            return tuple(dict.fromkeys((*verdict.reasons, *against)))
        self.move([member.patient for member in self.kin(mine)], theirs)
        self.explain(patient, How.AUTO, verdict.reasons)
        return ()

    def _near(self, patient: str, traits: Traits) -> list[str]:
        near: set[str] = set()
        for key in blocking_keys(traits):
            self.holders[key].add(patient)
            if len(self.holders[key]) <= BLOCK_LIMIT:
                near |= self.holders[key]
        return sorted((near & self.members.keys()) - {patient})

    def _parts(self, patients: list[str]) -> list[set[str]]:
        parts = [{patient} for patient in patients]
        for a, b in combinations(patients, 2):
            if self._connected(a, b):
                ours, theirs = (next(part for part in parts if patient in part) for patient in (a, b))
                if ours is not theirs:
                    parts.remove(theirs)
                    ours |= theirs
        return parts

    def _connected(self, a: str, b: str) -> bool:
        word = self.decided.get(frozenset((a, b)))
        if word is not None:
            return word
        return compare(self.members[a].traits, self.members[b].traits).outcome is Outcome.LINK
