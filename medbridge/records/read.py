"""Reads of single records and histories. Every query carries the reader's consent predicate over alias r."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from medbridge.database.fetch import fetch
from medbridge.records.search import Predicate

Statement = tuple[str, list[Any]]  # SQL with %s, parameters

_COLUMNS = "v.type, v.id, v.version, v.at, v.body, v.digest, v.method, r.patient, r.hospital, r.deleted"
_FROM = "FROM records_current r JOIN records_version v"
# The current row is judged for all versions; one that spoke of several people, or of nobody, is not part of what the
# consent of the one person of today opens.
_EARLIER = "ON v.type = r.type AND v.id = r.id AND v.patient IS NOT DISTINCT FROM r.patient"


@dataclass(frozen=True)
class Found:
    """One version on its way out: its exact stored bytes and what the answer's headers need."""

    type: str
    id: str
    version: int
    at: datetime
    body: bytes
    digest: bytes
    method: str
    patient: str | None
    hospital: str | None
    current_deleted: bool

    @property
    def deleted(self) -> bool:
        return self.method == "DELETE"

    @property
    def subject(self) -> str:
        return f"{self.type}/{self.id}/_history/{self.version}"


def read(
    type: str, id: str, *, visible: Predicate, version: int | None = None, noting: Statement | None = None
) -> Found | None:
    """The newest version, or the given one; None when there is none or this reader may not see it.

    noting: an INSERT that selects from `found` (columns of records_version and `patient`, no row or one); it is part of
    the statement, so the version does not come without it.
    """
    join = "ON v.pk = r.version_pk" if version is None else f"{_EARLIER} AND v.version = %s"
    first = [] if version is None else [version]
    sql = f"SELECT {_COLUMNS} {_FROM} {join} WHERE r.type = %s AND r.id = %s AND ({visible[0]})"
    params = [*first, type, id, *visible[1]]
    if noting is not None:
        sql = f"WITH found AS MATERIALIZED ({sql}), noted AS ({noting[0]}) SELECT * FROM found"  # noqa: S608
        params += noting[1]
    return next(iter(_rows(sql, params)), None)


def written(type: str, id: str, *, message: UUID) -> Found | None:
    """The first version of this record that the message made: for its sender only, whose answer was cut off."""
    sql = (
        f"SELECT {_COLUMNS} {_FROM} ON v.type = r.type AND v.id = r.id"
        " WHERE v.message = %s AND v.type = %s AND v.id = %s ORDER BY v.version LIMIT 1"
    )
    return next(iter(_rows(sql, [message, type, id])), None)


def history(type: str, id: str, *, visible: Predicate, limit: int) -> list[Found]:
    """All versions of one record, newest first. The current row is judged: its labels govern all versions."""
    sql = (
        f"SELECT {_COLUMNS} {_FROM} {_EARLIER}"
        f" WHERE r.type = %s AND r.id = %s AND ({visible[0]}) ORDER BY v.version DESC LIMIT %s"
    )
    return _rows(sql, [type, id, *visible[1], limit])


def many(subjects: Sequence[tuple[str, str]], *, visible: Predicate) -> list[Found]:
    """The newest versions of those of the (type, id) pairs that this reader may see."""
    sql = (
        f"SELECT {_COLUMNS} FROM unnest(%s::text[], %s::text[]) AS wanted(t, i)"  # noqa: S608
        " JOIN records_current r ON r.type = wanted.t AND r.id = wanted.i"
        f" JOIN records_version v ON v.pk = r.version_pk WHERE NOT r.deleted AND ({visible[0]})"
    )
    return _rows(sql, [[type for type, _ in subjects], [id for _, id in subjects], *visible[1]])


def existing(keys: Iterable[tuple[str, str]], *, visible: Predicate) -> set[tuple[str, str]]:
    """Which of these (type, id) pairs exist, undeleted, for one who sees what `visible` says."""
    return kept(keys, visible=(f"NOT r.deleted AND ({visible[0]})", visible[1]))


def kept(keys: Iterable[tuple[str, str]], *, visible: Predicate) -> set[tuple[str, str]]:
    """Which of these (type, id) pairs exist or existed, for one who sees what `visible` says."""
    wanted = sorted(set(keys))
    if not wanted:
        return set()
    rows = fetch(
        "SELECT r.type, r.id FROM unnest(%s::text[], %s::text[]) AS wanted(t, i)"  # noqa: S608
        f" JOIN records_current r ON r.type = t AND r.id = i WHERE ({visible[0]})",
        [[type for type, _ in wanted], [id for _, id in wanted], *visible[1]],
    )
    return {(row[0], row[1]) for row in rows}


def consents_of(author: str) -> list[tuple[int, bytes]]:
    """(version, bytes) of the current Consents that this author was the first to write."""
    rows = fetch(
        "SELECT r.version, v.body FROM records_version first"
        " JOIN records_current r ON r.type = first.type AND r.id = first.id AND NOT r.deleted"
        " JOIN records_version v ON v.pk = r.version_pk"
        " WHERE first.type = 'Consent' AND first.version = 1 AND first.author = %s",
        [author],
    )
    return [(row[0], row[1]) for row in rows]


def messages_of(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """(type, id) -> the message that its newest version came in."""
    rows = fetch(
        "SELECT r.type, r.id, v.message FROM unnest(%s::text[], %s::text[]) AS wanted(t, i)"
        " JOIN records_current r ON r.type = wanted.t AND r.id = wanted.i"
        " JOIN records_version v ON v.pk = r.version_pk WHERE v.message IS NOT NULL",
        [[type for type, _ in keys], [id for _, id in keys]],
    )
    return {(row[0], row[1]): row[2] for row in rows}


def patients_of(message: UUID) -> set[str | None]:
    """Whom the records of this message are about: for access records only."""
    return {row[0] for row in fetch("SELECT DISTINCT patient FROM records_version WHERE message = %s", [message])}


def patient_of(type: str, id: str) -> str | None:
    """Whose record this is, whoever asks: for access records only, never for an answer."""
    rows = fetch("SELECT patient FROM records_current WHERE type = %s AND id = %s", [type, id])
    return rows[0][0] if rows else None


def _rows(sql: str, params: Sequence[Any]) -> list[Found]:
    return [Found(*row) for row in fetch(sql, params)]
