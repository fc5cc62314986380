"""Reads of single records and histories. Every query carries the reader's consent predicate over alias r."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from medbridge.database.fetch import fetch
from medbridge.fhir.terms import key
from medbridge.records.statement import Predicate, Sql, Statement

_COLUMNS = "v.type, v.id, v.version, v.at, v.body, v.method, r.patient, r.hospital, r.deleted, v.pk AS version_pk"
_FROM = "FROM records_current r JOIN records_version v"
# The current row is judged for all versions; one that spoke of several people, or of nobody, is not part of what the
# consent of the one person of today opens.
_EARLIER = "ON v.key = r.key AND v.patient IS NOT DISTINCT FROM r.patient"


@dataclass(frozen=True)
class Found:
    """One version on its way out: its exact stored bytes and what the answer's headers need.

    version_pk: of the version. state: Predicate.state.
    """

    type: str
    id: str
    version: int
    at: datetime
    body: bytes
    method: str
    patient: str | None
    hospital: str | None
    current_deleted: bool
    version_pk: int = 0
    state: int | None = None

    @property
    def deleted(self) -> bool:
        return self.method == "DELETE"

    @property
    def subject(self) -> str:
        return f"{self.type}/{self.id}/_history/{self.version}"


def read(
    type: str, id: str, *, visible: Predicate, version: int | None = None, holds: Sql | None = None,
    noting: Sql | None = None,
) -> Found | None:  # fmt: skip
    """The newest version, or the given one; None when there is none or this reader may not see it.

    holds: one more condition, of the reader and not of the row. noting: an INSERT that selects from `found` (columns of
    records_version and `patient`, no row or one); it is part of the statement, so the version does not come without it.
    """
    sql = Statement()
    join = "ON v.pk = r.version_pk" if version is None else f"{_EARLIER} AND v.version = {sql.put(version)}"
    where = f"r.key = {sql.put(key(type, id))} AND ({visible.condition('r', sql.put)})"
    if holds is not None:
        where = f"{sql.text(holds)} AND {where}"
    text = f"SELECT {_COLUMNS}, {visible.state('r', sql.put)} AS state {_FROM} {join} WHERE {where}"
    if noting is not None:
        text = f"WITH found AS MATERIALIZED ({text}), noted AS ({sql.text(noting)}) SELECT * FROM found"  # noqa: S608
    return next((Found(*row) for row in sql.rows(text)), None)


def written(type: str, id: str, *, message: UUID) -> Found | None:
    """The first version of this record that the message made: for its sender only, whose answer was cut off."""
    sql = Statement()
    where = f"v.message = {sql.put(message)} AND v.key = {sql.put(key(type, id))}"
    return next(iter(_found(sql, f"ON v.key = r.key WHERE {where} ORDER BY v.version LIMIT 1")), None)


def subjects(hospital: str, low: datetime, high: datetime) -> list[str]:
    """What a hospital wrote at low <= at <= high, each version as "Type/id/_history/n": names for the custodian's own
    receipts, nothing of the content. `hospital` "": of the directory."""
    rows = fetch(
        "SELECT type || '/' || id || '/_history/' || version FROM records_version"
        " WHERE at BETWEEN %s AND %s AND hospital IS NOT DISTINCT FROM %s",
        [low, high, hospital or None],
    )
    return [row[0] for row in rows]


def many(subjects: Sequence[tuple[str, str]], *, visible: Predicate) -> list[Found]:
    """The newest versions of those of the (type, id) pairs that this reader may see."""
    sql = Statement()
    wanted = sql.numbers([key(type, id) for type, id in subjects])
    seen = visible.condition("r", sql.put)
    return _found(sql, f"ON v.pk = r.version_pk WHERE r.key = ANY({wanted}) AND NOT r.deleted AND ({seen})")


def existing(keys: Iterable[tuple[str, str]], *, visible: Predicate) -> set[tuple[str, str]]:
    """Which of these (type, id) pairs exist, undeleted, for one who sees what `visible` says."""
    return _known(keys, visible, "NOT r.deleted")


def kept(keys: Iterable[tuple[str, str]], *, visible: Predicate) -> set[tuple[str, str]]:
    """Which of these (type, id) pairs exist or existed, for one who sees what `visible` says."""
    return _known(keys, visible, "TRUE")


def _known(keys: Iterable[tuple[str, str]], visible: Predicate, also: str) -> set[tuple[str, str]]:
    wanted = sorted(key(type, id) for type, id in set(keys))
    if not wanted:
        return set()
    sql = Statement()
    condition = f"r.key = ANY({sql.numbers(wanted)}) AND {also} AND ({visible.condition('r', sql.put)})"
    return {(row[0], row[1]) for row in sql.rows(f"SELECT r.type, r.id FROM records_current r WHERE {condition}")}  # noqa: S608


def consents_of(author: str) -> list[tuple[int, bytes]]:
    """(version, bytes) of the current Consents that this author was the first to write."""
    rows = fetch(
        "SELECT r.version, v.body FROM records_version first"
        " JOIN records_current r ON r.key = first.key AND NOT r.deleted"
        " JOIN records_version v ON v.pk = r.version_pk"
        " WHERE first.type = 'Consent' AND first.version = 1 AND first.author = %s",
        [author],
    )
    return [(row[0], row[1]) for row in rows]


def messages_of(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """(type, id) -> the message that its newest version came in."""
    rows = fetch(
        "SELECT r.type, r.id, v.message FROM records_current r JOIN records_version v ON v.pk = r.version_pk"
        " WHERE r.key = ANY(%s::bigint[]) AND v.message IS NOT NULL",
        [[key(type, id) for type, id in keys]],
    )
    return {(row[0], row[1]): row[2] for row in rows}


@dataclass(frozen=True, slots=True)
class Given:
    """A version that was given to somebody. `hospital`: the custodian."""

    type: str
    subject: str
    hospital: str | None


def given(numbers: Collection[int]) -> dict[int, Given]:
    """Versions by number: for access records only."""
    rows = fetch(
        "SELECT pk, type, type || '/' || id || '/_history/' || version, hospital FROM records_version"
        " WHERE pk = ANY(%s::bigint[])",
        [sorted(numbers)],
    )
    return {row[0]: Given(*row[1:]) for row in rows}


def custodians_of(keys: Sequence[int]) -> dict[int, str | None]:
    """Who pushed these records first, by key, whoever asks: for access records only."""
    rows = fetch(
        "SELECT key, hospital FROM records_version WHERE key = ANY(%s::bigint[]) AND version = 1", [list(keys)]
    )
    return dict(rows)


def patients_of(message: UUID) -> set[str | None]:
    """Whom the records of this message are about: for access records only."""
    return {row[0] for row in fetch("SELECT DISTINCT patient FROM records_version WHERE message = %s", [message])}


def patient_of(type: str, id: str) -> str | None:
    """Whose record this is, whoever asks: for access records only, never for an answer."""
    rows = fetch("SELECT patient FROM records_current WHERE key = %s", [key(type, id)])
    return rows[0][0] if rows else None


def _found(sql: Statement, rest: str) -> list[Found]:
    return [Found(*row) for row in sql.rows(f"SELECT {_COLUMNS} {_FROM} {rest}")]
