"""Writes versions and current rows: one COPY per table whatever the number of resources, one statement for one.

Order of locks: heads() locks the rows of a transaction in the order of their keys, so two transactions never wait for
each other in a circle. New ids have no row to lock; the unique keys settle those races: rows are inserted in that
order too, and the loser sees IntegrityError.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection

from medbridge.fhir.custom import Custom
from medbridge.fhir.index import Index, index
from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.terms import key
from medbridge.records import custom, values
from medbridge.records.together import Part, array, insertion, together
from medbridge.records.values import copy


@dataclass(frozen=True)
class Head:
    """The newest version of a record that exists or existed."""

    pk: int
    version: int
    hospital: str | None
    patient: str | None
    deleted: bool
    at: datetime


@dataclass(frozen=True)
class Change:
    """One resource to write. `resource` None deletes; `head` None creates; `patient` overrides the index's answer.

    `labels`, `marks`: what consents ask of it (Current); a deletion keeps those of before. `message`: in which it came,
    where that is another one for each.
    """

    type: str
    id: str
    method: str
    resource: dict[str, Any] | None
    hospital: str | None
    head: Head | None
    patient: str | None = None
    labels: Sequence[str] = ()
    marks: Sequence[int] = ()
    message: UUID | None = None


@dataclass(frozen=True)
class Stored:
    """One version as committed: `body` are the bytes that are hashed, kept and returned by a read."""

    pk: int
    key: int
    type: str
    id: str
    version: int
    at: datetime
    body: bytes
    digest: bytes
    hospital: str | None
    patient: str | None
    deleted: bool

    @property
    def subject(self) -> str:
        return f"{self.type}/{self.id}/_history/{self.version}"


def heads(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Head]:
    """Lock and return the heads of these (type, id) pairs; those never used are missing."""
    wanted = sorted(key(type, id) for type, id in set(keys))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, id, pk, version, hospital, patient, deleted, updated_at FROM records_current"
            " WHERE key = ANY(%s::bigint[]) ORDER BY key FOR UPDATE",
            [wanted],
        )
        return {(row[0], row[1]): Head(*row[2:]) for row in cursor.fetchall()}


def write(changes: Sequence[Change], *, at: datetime, author: str, message: UUID | None) -> list[Stored]:
    """Store one new version per change, in order, inside the caller's transaction.

    at: aware, whole milliseconds (it becomes meta.lastUpdated). Raises django.db.IntegrityError when another
    transaction created the same id first.
    """
    if not changes:
        return []
    generation, *numbers = _numbers(len(changes))
    known = custom.of_generation(generation)
    prepared = [_prepare(change, pk, at, known) for change, pk in zip(changes, numbers, strict=True)]
    stored = [version for version, _ in prepared]
    if len(changes) == 1:
        _write_one(*prepared[0], changes[0], author=author, message=message)
    else:
        _write_all(prepared, changes, author=author, message=message)
    return stored


def _write_one(version: Stored, found: Index | None, change: Change, *, author: str, message: UUID | None) -> None:
    created = insertion("records_version", _VERSION, _version_row(version, change, author, message))
    if change.head is None:
        current: Part = insertion("records_current", _CURRENT, _current_row(version, found, change))
    else:
        current = _UPDATE, _updated(version, found, change, change.head.pk)
    pk = change.head.pk if change.head else version.pk
    together([created, current, *values.parts(pk, found, replaced=change.head is not None)])
    if found:
        values.store_displays([found])


def _write_all(
    prepared: Sequence[tuple[Stored, Index | None]], changes: Sequence[Change], *, author: str, message: UUID | None
) -> None:
    stored = [version for version, _ in prepared]
    copy("records_version", _VERSION, [
        _version_row(v, c, author, message)
        for v, c in sorted(zip(stored, changes, strict=True), key=lambda pair: pair[0].key)
    ])  # fmt: skip
    rows = [(*both, change) for both, change in zip(prepared, changes, strict=True)]
    created = [row for row in rows if row[2].head is None]
    updated = [(*row, row[2].head.pk) for row in rows if row[2].head]
    copy("records_current", _CURRENT, [_current_row(*row) for row in sorted(created, key=lambda row: row[0].key)])
    if updated:
        with connection.cursor() as cursor:
            cursor.executemany(_UPDATE, [_updated(*row) for row in updated])
    values.replace([pk for *_, pk in updated], [*((v.pk, found) for v, found, _ in created if found),
                                                *((pk, found) for _, found, _, pk in updated if found)])  # fmt: skip


def bodies(pks: Sequence[int]) -> dict[int, bytes]:
    """Current row's pk -> the bytes of its newest version."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.pk, v.body FROM records_current r JOIN records_version v ON v.pk = r.version_pk"
            " WHERE r.pk = ANY(%s)",
            [list(pks)],
        )
        return {row[0]: bytes(row[1]) for row in cursor.fetchall()}


def same(resource: dict[str, Any], body: bytes) -> bool:
    """Whether a new version would say what the stored one says (meta.versionId and lastUpdated aside)."""
    stored = parse(body)
    return _said(resource) == _said(stored)


def message_of(pk: int) -> UUID | None:
    """The message that made the newest version of the record whose current row is `pk`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.message FROM records_current r JOIN records_version v ON v.pk = r.version_pk WHERE r.pk = %s",
            [pk],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def author(pk: int) -> str:
    """Who wrote the first version of the record whose current row is `pk`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.author FROM records_current r JOIN records_version v ON v.key = r.key AND v.version = 1"
            " WHERE r.pk = %s",
            [pk],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def labels_of(keys: Iterable[int]) -> dict[int, list[str]]:
    """The labels of those of the records with these keys (fhir.terms.key) that have any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, labels FROM records_current WHERE key = ANY(%s::bigint[]) AND labels <> '{}'", [array(keys)]
        )
        return dict(cursor.fetchall())


def _said(resource: dict[str, Any]) -> bytes:
    meta = {key: value for key, value in resource.get("meta", {}).items() if key not in ("versionId", "lastUpdated")}
    rest = {key: value for key, value in resource.items() if key not in ("resourceType", "id", "meta")}
    return serialize({"meta": meta, **rest})


def instant(at: datetime) -> str:
    """2026-11-23T19:03:16.123Z"""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _prepare(change: Change, pk: int, at: datetime, known: Custom) -> tuple[Stored, Index | None]:
    version = change.head.version + 1 if change.head else 1
    resource = change.resource or {"resourceType": change.type}
    meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": instant(at)}
    rest = {key: value for key, value in resource.items() if key not in ("resourceType", "id", "meta")}
    resource = {"resourceType": change.type, "id": change.id, "meta": meta, **rest}
    body = serialize(resource)
    found = index(resource, body, known) if change.resource is not None else None
    patient = change.patient or (found.patient if found else change.head and change.head.patient)
    stored = Stored(
        pk, key(change.type, change.id), change.type, change.id, version, at, body, sha256(body).digest(),
        change.hospital, patient or None, deleted=change.resource is None,
    )  # fmt: skip
    return stored, found


def _numbers(count: int) -> list[int]:
    """The generation of custom parameters, held to the end of the transaction, and `count` new pks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT records_held_generation() UNION ALL"
            " SELECT nextval('records_version_pk_seq') FROM generate_series(1, %s)",
            [count],
        )
        return [row[0] for row in cursor.fetchall()]


_VERSION = "pk, key, at, version, type, id, hospital, patient, method, author, message, body"
_CURRENT = (
    "pk, key, version_pk, updated_at, version, deleted, type, id, hospital, patient,"
    " low, high, present, terms, refs, labels, marks"
)
# A deletion keeps low, high, labels and marks: the consent predicate on history needs them.
_UPDATE = """UPDATE records_current SET version = %s, version_pk = %s, patient = %s, updated_at = %s, deleted = %s,
low = CASE WHEN %s THEN low ELSE %s END, high = CASE WHEN %s THEN high ELSE %s END,
present = %s, terms = %s::bigint[], refs = %s::bigint[], labels = CASE WHEN %s THEN labels ELSE %s::text[] END,
marks = CASE WHEN %s THEN marks ELSE %s::bigint[] END WHERE pk = %s"""


def _version_row(v: Stored, c: Change, author: str, message: UUID | None) -> tuple[Any, ...]:
    return (
        v.pk, v.key, v.at, v.version, v.type, v.id, v.hospital, v.patient, c.method, author, c.message or message,
        v.body,
    )  # fmt: skip


def _current_row(v: Stored, found: Index | None, c: Change) -> tuple[Any, ...]:
    known = v.pk, v.key, v.pk, v.at, v.version, v.deleted, v.type, v.id, v.hospital, v.patient
    return *known, *_searched(found), list(c.labels), array(c.marks)


def _updated(v: Stored, found: Index | None, c: Change, pk: int) -> tuple[Any, ...]:
    low, high, present, terms, refs = _searched(found)
    return (
        v.version, v.pk, v.patient, v.at, v.deleted, v.deleted, low, v.deleted, high, present, terms, refs,
        v.deleted, list(c.labels), v.deleted, array(c.marks), pk,
    )  # fmt: skip


def _searched(found: Index | None) -> tuple[datetime | None, datetime | None, int, str, str]:
    """low, high, present, terms, refs."""
    if found is None:
        return None, None, 0, "{}", "{}"
    return found.low, found.high, found.present, array(found.terms), array(found.refs)
