"""The neighbourhood of some Patients, taken from the tables under lock and put back: a few statements, however many."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import connection

from medbridge.identity.contacts import Address
from medbridge.identity.matching import Traits
from medbridge.identity.models import State
from medbridge.identity.names import Name
from medbridge.identity.placing import BLOCK_LIMIT, How, Member, Neighbourhood

# Advisory locks live in a table of 64 x max_connections entries; a bundle of ten thousand Patients must not fill it.
# Two keys in one bucket only wait for each other needlessly.
LOCK_BUCKETS = 512
_LOCK_SPACE = 0x4D50_49  # "MPI": keeps these apart from other packages' advisory locks

Pair = frozenset[str]
Rows = list[tuple[Any, ...]]

# Of each key one holder more than is looked at, so that a key held by everybody costs no more than that.
_HOLDERS = """
SELECT k.key, p.patient FROM unnest(%s::text[]) AS k(key),
LATERAL (SELECT patient FROM identity_key i WHERE i.key = k.key ORDER BY patient LIMIT %s) p
"""
# `persons` is what the statement saw before it waited for locks; the rows are as they were after.
_LINKS = """
WITH persons AS MATERIALIZED (SELECT DISTINCT person FROM identity_link WHERE patient = ANY(%s::text[])
UNION SELECT unnest(%s::uuid[]))
SELECT patient, hospital, person, how, reasons, traits, at, ARRAY(SELECT person FROM persons) FROM identity_link
WHERE patient = ANY(%s::text[]) OR person = ANY(ARRAY(SELECT person FROM persons)) ORDER BY patient FOR UPDATE
"""
_PUT = """
WITH people AS (INSERT INTO identity_person (id) SELECT DISTINCT unnest(%s::uuid[]) ON CONFLICT DO NOTHING)
INSERT INTO identity_link (patient, hospital, person, how, reasons, traits, at)
SELECT patient, hospital, person, how, reasons::jsonb, traits::jsonb, at
FROM unnest(%s::text[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
AS n (patient, hospital, person, how, reasons, traits, at)
ON CONFLICT (patient) DO UPDATE SET hospital = excluded.hospital, person = excluded.person, how = excluded.how,
reasons = excluded.reasons, traits = excluded.traits, at = excluded.at
"""
# Keys that stay are not touched: an update of a Patient usually changes none.
_PUT_KEYS = """
WITH wanted AS (SELECT key, patient FROM unnest(%s::text[], %s::text[]) AS w (key, patient)), gone AS (
DELETE FROM identity_key i WHERE i.patient = ANY(%s::text[])
AND NOT EXISTS (SELECT FROM wanted w WHERE w.key = i.key AND w.patient = i.patient))
INSERT INTO identity_key (key, patient) SELECT key, patient FROM wanted ON CONFLICT DO NOTHING
"""
_PUT_DOUBTS = """
INSERT INTO identity_candidate (a, b, reasons, state, at, settled_by)
SELECT a, b, reasons::jsonb, %s, %s, '' FROM unnest(%s::text[], %s::text[], %s::text[]) AS n (a, b, reasons)
ON CONFLICT DO NOTHING
"""


def lock(keys: Iterable[str]) -> None:
    """Hold these blocking keys until the transaction ends, so that two pushes of one person see each other."""
    buckets = sorted({int.from_bytes(sha256(key.encode()).digest()[:4], "big") % LOCK_BUCKETS for key in keys})
    if buckets:
        # unnest keeps the order of the array: everyone takes the buckets in one order, so nobody waits in a circle.
        _run("SELECT pg_advisory_xact_lock(%s, n) FROM unnest(%s::int[]) AS n", _LOCK_SPACE, buckets)


def take(patients: Collection[str], keys: Collection[str] = ()) -> Neighbourhood:
    """These Patients, those that share a key with them, and everyone linked to any of them."""
    found = Neighbourhood(fresh=uuid4)
    for key, patient in _run(_HOLDERS, sorted(set(keys)), BLOCK_LIMIT + 1) if keys else ():
        found.holders[key].add(patient)
    for member in _locked({*patients, *(p for holders in found.holders.values() for p in holders)}):
        found.add(member)
    for pk, a, b, state in _candidates(found.members.keys() | set(patients)):
        if state == State.OPEN:
            found.open[frozenset((a, b))] = pk
        else:
            found.decided[frozenset((a, b))] = state == State.LINKED
    return found


def traits_of(patients: Collection[str]) -> dict[str, tuple[str, Traits]]:
    """Hospital and traits of each Patient that is in the index."""
    sql = "SELECT patient, hospital, traits FROM identity_link WHERE patient = ANY(%s::text[])"
    return {row[0]: (row[1], _traits(orjson.loads(row[2]))) for row in _run(sql, list(patients))}


def put(found: Neighbourhood) -> None:
    """Save every Patient whose person or traits changed, and drop persons that nobody is any more."""
    changed = [found.members[patient] for patient in sorted(found.changed)]
    if changed:
        columns = list(map(list, zip(*map(_columns, changed), strict=True)))
        _run(_PUT, columns[2], *columns)
    if empty := found.empty():
        _run("DELETE FROM identity_person WHERE id = ANY(%s::uuid[])", [str(person) for person in empty])
    _close(pk for pair, pk in found.open.items() if pair <= found.members.keys() and found.same_person(*pair))


def put_keys(keys: Mapping[str, Iterable[str]]) -> None:
    """Keys of each Patient, in place of those it had."""
    rows = [(key, patient) for patient in keys for key in keys[patient]]
    _run(_PUT_KEYS, [key for key, _ in rows], [patient for _, patient in rows], list(keys))


def put_doubts(
    found: Neighbourhood, placed: Collection[str], doubts: Mapping[Pair, tuple[str, ...]], *, at: datetime
) -> None:
    """Candidates of the Patients just placed: open these doubts, drop open ones that their traits no longer raise."""
    _close(pk for pair, pk in found.open.items() if pair not in doubts and not pair.isdisjoint(placed))
    new = [pair for pair in doubts if pair not in found.open and pair not in found.decided]
    if new:
        reasons = [orjson.dumps(doubts[pair]).decode() for pair in new]
        _run(_PUT_DOUBTS, State.OPEN.value, at, [min(pair) for pair in new], [max(pair) for pair in new], reasons)


def discard(patient: str) -> None:
    """Everything kept of a Patient, save what reviewers said of it."""
    _run("DELETE FROM identity_link WHERE patient = %s", patient)
    put_keys({patient: ()})
    _close(pk for pk, _, _, state in _candidates([patient]) if state == State.OPEN)


def _locked(patients: set[str]) -> list[Member]:
    """These Patients and all who share a person with them, locked, in patient order."""
    wanted = sorted(patients)
    known: set[UUID] = set()
    while rows := _run(_LINKS, wanted, [str(person) for person in known], wanted):
        members = [_member(*row[:-1]) for row in rows]
        # Somebody was moved to another person while we waited for the lock: that person's Patients belong here too.
        if (persons := {member.person for member in members}) <= set(rows[0][-1]):
            return members
        known |= persons
    return []


def _candidates(patients: Collection[str]) -> Rows:
    listed = list(patients)
    sql = "SELECT id, a, b, state FROM identity_candidate WHERE a = ANY(%s::text[]) OR b = ANY(%s::text[])"
    return _run(sql, listed, listed)


def _close(candidates: Iterable[int]) -> None:
    if pks := list(candidates):
        _run("DELETE FROM identity_candidate WHERE id = ANY(%s) AND state = %s", pks, State.OPEN.value)


def _run(sql: str, *params: Any) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def _columns(member: Member) -> Sequence[str]:
    reasons, traits = orjson.dumps(member.reasons).decode(), orjson.dumps(asdict(member.traits)).decode()
    person, at = str(member.person), member.at.isoformat()
    return member.patient, member.hospital, person, member.how.value, reasons, traits, at


def _member(patient: str, hospital: str, person: UUID, how: str, reasons: str, traits: str, at: datetime) -> Member:
    its = _traits(orjson.loads(traits))
    return Member(patient, hospital, its, person, at, How(how), tuple(orjson.loads(reasons)))


def _traits(stored: dict[str, Any]) -> Traits:
    return Traits(
        strong=tuple(stored["strong"]),
        names=tuple(Name(name["family"], tuple(name["parts"])) for name in stored["names"]),
        birth_date=stored["birth_date"],
        sex=stored["sex"],
        addresses=tuple(Address(**address) for address in stored["addresses"]),
        phones=tuple(stored["phones"]),
    )
