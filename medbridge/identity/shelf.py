"""The neighbourhood of some Patients, taken from the tables under lock and put back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Q

from medbridge.identity.contacts import Address
from medbridge.identity.matching import Traits
from medbridge.identity.models import Candidate, Key, Link, Person, State
from medbridge.identity.names import Name
from medbridge.identity.placing import BLOCK_LIMIT, Member, Neighbourhood

# Advisory locks live in a table of 64 x max_connections entries; a bundle of ten thousand Patients must not fill it.
# Two keys in one bucket only wait for each other needlessly.
LOCK_BUCKETS = 512
_LOCK_SPACE = 0x4D50_49  # "MPI": keeps these apart from other packages' advisory locks
_BATCH = 1000

Pair = frozenset[str]


def lock(keys: Iterable[str]) -> None:
    """Hold these blocking keys until the transaction ends, so that two pushes of one person see each other."""
    buckets = sorted({int.from_bytes(sha256(key.encode()).digest()[:4], "big") % LOCK_BUCKETS for key in keys})
    with connection.cursor() as cursor:
        # unnest keeps the order of the array: everyone takes the buckets in one order, so nobody waits in a circle.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, n) FROM unnest(%s::int[]) AS n", [_LOCK_SPACE, buckets])


def take(patients: Collection[str], keys: Collection[str] = ()) -> Neighbourhood:
    """These Patients, those that share a key with them, and everyone linked to any of them."""
    found = Neighbourhood(fresh=uuid4)
    for key, patient in _holders(keys):
        found.holders[key].add(patient)
    for link in _locked({*patients, *(p for holders in found.holders.values() for p in holders)}):
        found.add(_member(link))
    for candidate in _candidates(found.members.keys() | set(patients)).exclude(state=State.OPEN):
        found.decided[frozenset((candidate.a, candidate.b))] = candidate.state == State.LINKED
    return found


def put(found: Neighbourhood) -> None:
    """Save every Patient whose person or traits changed, and drop persons that nobody is any more."""
    changed = [found.members[patient] for patient in sorted(found.changed)]
    Person.objects.bulk_create(
        {m.person: Person(id=m.person) for m in changed}.values(), ignore_conflicts=True, batch_size=_BATCH
    )
    columns = ["hospital", "person", "how", "reasons", "traits", "at"]
    Link.objects.bulk_create(
        [_link(member) for member in changed],
        batch_size=_BATCH, update_conflicts=True, unique_fields=["patient"], update_fields=columns,
    )  # fmt: skip
    Person.objects.filter(id__in=found.empty()).delete()
    moot = [c.pk for c in _candidates(found.members).filter(state=State.OPEN) if _is_moot(found, c)]
    Candidate.objects.filter(pk__in=moot).delete()


def put_keys(keys: Mapping[str, Iterable[str]]) -> None:
    """Keys of each Patient, in place of those it had."""
    Key.objects.filter(patient__in=keys.keys()).delete()
    rows = [Key(key=key, patient=patient) for patient in keys for key in keys[patient]]
    Key.objects.bulk_create(rows, batch_size=_BATCH)


def put_doubts(placed: Collection[str], doubts: Mapping[Pair, tuple[str, ...]], *, at: datetime) -> None:
    """Candidates of the Patients just placed: open these doubts, drop open ones that their traits no longer raise."""
    existing = {frozenset((c.a, c.b)): c for c in _candidates(placed)}
    stale = [c.pk for pair, c in existing.items() if c.state == State.OPEN and pair not in doubts]
    Candidate.objects.filter(pk__in=stale).delete()
    new = [
        Candidate(a=min(pair), b=max(pair), reasons=list(reasons), at=at)
        for pair, reasons in doubts.items()
        if pair not in existing
    ]
    Candidate.objects.bulk_create(new, batch_size=_BATCH, ignore_conflicts=True)


def discard(patient: str) -> None:
    """Everything kept of a Patient, save what reviewers said of it."""
    Link.objects.filter(patient=patient).delete()
    put_keys({patient: ()})
    _candidates([patient]).filter(state=State.OPEN).delete()


def _holders(keys: Collection[str]) -> list[tuple[str, str]]:
    """Patients of each key, one more than is looked at, so that a key held by everybody costs no more than that."""
    sql = (
        "SELECT k.key, p.patient FROM unnest(%s::text[]) AS k(key), LATERAL"
        " (SELECT patient FROM identity_key i WHERE i.key = k.key ORDER BY patient LIMIT %s) p"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [sorted(set(keys)), BLOCK_LIMIT + 1])
        return list(cursor.fetchall())


def _locked(patients: set[str]) -> list[Link]:
    """The links of these Patients and of all who share a person with them, locked, in patient order."""
    known: set[UUID] = set(Link.objects.filter(patient__in=patients).values_list("person", flat=True))
    while True:
        wanted = Q(patient__in=patients) | Q(person__in=known)
        links = list(Link.objects.filter(wanted).order_by("patient").select_for_update())
        # Somebody was moved to another person while we waited for the lock: that person's Patients belong here too.
        if (persons := {link.person for link in links}) <= known:
            return links
        known |= persons


def _candidates(patients: Collection[str]) -> Any:
    return Candidate.objects.filter(Q(a__in=patients) | Q(b__in=patients))


def _is_moot(found: Neighbourhood, candidate: Candidate) -> bool:
    pair = (candidate.a, candidate.b)
    return all(patient in found.members for patient in pair) and found.same_person(*pair)


def _link(member: Member) -> Link:
    return Link(
        patient=member.patient, hospital=member.hospital, person=member.person, how=member.how,
        reasons=list(member.reasons), traits=asdict(member.traits), at=member.at,
    )  # fmt: skip


def _member(link: Link) -> Member:
    its = _traits(link.traits)
    return Member(link.patient, link.hospital, its, link.person, link.at, link.how, tuple(link.reasons))


def _traits(stored: dict[str, Any]) -> Traits:
    return Traits(
        strong=tuple(stored["strong"]),
        names=tuple(Name(name["family"], tuple(name["parts"])) for name in stored["names"]),
        birth_date=stored["birth_date"],
        sex=stored["sex"],
        addresses=tuple(Address(**address) for address in stored["addresses"]),
        phones=tuple(stored["phones"]),
    )
