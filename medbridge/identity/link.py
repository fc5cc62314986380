"""The person index: which Patients are one person. Every write joins the caller's transaction.

What a crash leaves: the transaction's beginning or its end. A link opens no record: consent decides that by itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from medbridge.database.fetch import fetch
from medbridge.identity import shelf
from medbridge.identity.matching import blocking_keys, traits
from medbridge.identity.models import TRANSITIONS, Candidate, Link, State
from medbridge.identity.placing import How, Neighbourhood


class SettleError(Exception):
    """A reviewer's word that cannot be taken; the text says why."""


@dataclass(frozen=True)
class Placement:
    """`how`: NEW (a person of its own), AUTO or MANUAL. `candidates`: Patient ids that a reviewer must decide on."""

    person: UUID
    how: str
    candidates: tuple[str, ...]


def place(patient: dict[str, Any], *, hospital: str, at: datetime) -> Placement:
    """place_all for one Patient."""
    return place_all([patient], hospital=hospital, at=at)[patient["id"]]


def changed(patients: Sequence[dict[str, Any]], *, hospital: str) -> list[dict[str, Any]]:
    """Those of the Patients that place_all would find other than they were placed before.

    What is compared of them is the same for the others: placing them again would change nothing, whoever came since.
    """
    known = shelf.traits_of([patient["id"] for patient in patients])
    return [patient for patient in patients if known.get(patient["id"]) != (hospital, traits(patient))]


def place_all(patients: Sequence[dict[str, Any]], *, hospital: str, at: datetime) -> dict[str, Placement]:
    """Find the person of each new or changed Patient. Call it once in a transaction: it takes its locks in order."""
    seen = {patient["id"]: traits(patient) for patient in patients}
    keys = {patient: blocking_keys(its) for patient, its in seen.items()}
    wanted = {key for each in keys.values() for key in each}
    shelf.lock(wanted)
    found = shelf.take(seen.keys(), wanted)
    doubts: dict[frozenset[str], tuple[str, ...]] = {}
    for patient, its in seen.items():
        for other, reasons in found.place(patient, hospital, its, at).items():
            doubts[frozenset((patient, other))] = reasons
    doubts = {pair: reasons for pair, reasons in doubts.items() if not found.same_person(*pair)}
    shelf.put(found)
    shelf.put_keys(keys)
    shelf.put_doubts(found, seen.keys(), doubts, at=at)
    return {patient: _placement(found, patient, doubts) for patient in seen}


def _placement(found: Neighbourhood, patient: str, doubts: Collection[frozenset[str]]) -> Placement:
    member = found.members[patient]
    others = sorted(other for pair in doubts if patient in pair for other in pair - {patient})
    return Placement(member.person, member.how, tuple(others))


def remove(patient: str) -> None:
    """Take a deleted Patient out of the index. Reviewers' words about it stay, should it come back."""
    found = shelf.take([patient])
    if patient in found.members:
        found.forget(patient)
        shelf.put(found)
    shelf.discard(patient)


def persons(patients: Collection[str]) -> dict[str, UUID]:
    """The person of each Patient id that is known."""
    return dict(Link.objects.filter(patient__in=patients).values_list("patient", "person"))


_LINKED = """SELECT o.patient FROM identity_link l JOIN identity_link o ON o.person = l.person
WHERE l.patient = %s"""


def linked(patient: str) -> list[str]:
    """All Patient ids of the person, sorted, the given one among them, known or not."""
    return sorted({patient, *(each for (each,) in fetch(_LINKED, [patient]))})


def settle(candidate: int, *, accept: bool, by: str, at: datetime) -> None:
    """A reviewer's word on a candidate: one person, or two. SettleError if it is void; Candidate.DoesNotExist."""
    row = Candidate.objects.get(pk=candidate)
    found = shelf.take([row.a, row.b])
    if not {row.a, row.b} <= found.members.keys():
        raise SettleError(f"Patient/{row.a} or Patient/{row.b} is no longer in the index.")
    if accept:
        _merge(found, row)
    elif found.same_person(row.a, row.b):
        raise SettleError(f"Patient/{row.a} and Patient/{row.b} are linked: unlink the one that is wrong.")
    _decide(row, State.LINKED if accept else State.REJECTED, by=by, at=at)
    found.open.pop(frozenset((row.a, row.b)), None)
    shelf.put(found)


def _decide(row: Candidate, state: str, *, by: str, at: datetime) -> None:
    before = [old for old, then in TRANSITIONS.items() if state in then]
    settled = Candidate.objects.filter(pk=row.pk, state__in=before)
    if not settled.update(state=state, settled_by=by, settled_at=at):
        raise SettleError(f"Patient/{row.a} and Patient/{row.b} have been settled as {state} already.")


def _merge(found: Neighbourhood, row: Candidate) -> None:
    found.decided[frozenset((row.a, row.b))] = True
    mine, theirs = found.members[row.a].person, found.members[row.b].person
    apart = [pair for pair, word in found.decided.items() if not word and _spans(found, pair, mine, theirs)]
    if apart:
        names = " and ".join(f"Patient/{patient}" for patient in sorted(apart[0]))
        raise SettleError(f"{names} were told apart by a reviewer and would become one person: settle them first.")
    found.move([member.patient for member in found.kin(theirs)], mine)
    for patient in (row.a, row.b):
        found.explain(patient, How.MANUAL, ("a reviewer's word",))


def _spans(found: Neighbourhood, pair: frozenset[str], mine: UUID, theirs: UUID) -> bool:
    persons = {found.members[patient].person for patient in pair if patient in found.members}
    return persons == {mine, theirs}


def unlink(patient: str, *, by: str, at: datetime) -> UUID:
    """Give the Patient a person of its own and never link it by itself to those it was with. Link.DoesNotExist."""
    found = shelf.take([patient])
    if patient not in found.members:
        raise Link.DoesNotExist(f"Patient/{patient} is not in the index.")
    person = found.members[patient].person
    others = [member.patient for member in found.kin(person) if member.patient != patient]
    if not others:
        return person
    for other in others:
        found.decided[frozenset((patient, other))] = False
    _tell_apart(patient, others, by=by, at=at)
    found.move([patient], found.fresh())
    found.explain(patient, How.MANUAL, ("unlinked by a reviewer",))
    found.part(person)
    shelf.put(found)
    return found.members[patient].person


def merge(a: str, b: str, *, by: str, at: datetime) -> None:
    """A hospital's own word that two of its Patients are one person (ADT A40). Nothing where either is not known.

    A reviewer who told them apart has the last word: then they stay apart, and a candidate says so.
    """
    first, second = sorted((a, b))
    found = shelf.take([first, second])
    pair = frozenset((first, second))
    if not pair <= found.members.keys() or found.decided.get(pair) is False:
        return
    if not found.same_person(first, second):
        keeps = found.members[a].person
        found.move([member.patient for member in found.kin(found.members[b].person)], keeps)
    found.decided[pair] = True
    for patient in pair:
        found.explain(patient, How.MANUAL, (f"merged by {by}",))
    said = {"reasons": [f"merged by {by}"], "state": State.LINKED, "at": at, "settled_by": by, "settled_at": at}
    Candidate.objects.update_or_create(a=first, b=second, defaults=said)
    shelf.put(found)


def _tell_apart(patient: str, others: Sequence[str], *, by: str, at: datetime) -> None:
    rows = [
        Candidate(a=a, b=b, reasons=["unlinked"], state=State.REJECTED, at=at, settled_by=by, settled_at=at)
        for a, b in (sorted((patient, other)) for other in others)
    ]
    columns = ["state", "settled_by", "settled_at"]
    Candidate.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["a", "b"], update_fields=columns, batch_size=1000
    )
