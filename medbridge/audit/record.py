"""Writes access records: one INSERT for all rows of a request, before its answer leaves."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from medbridge.database.fetch import fetch

_COLUMNS = (
    "id, at, request, username, name, hospital, role, practitioner, purpose,"
    " address, groups, action, allowed, reason, type, target, query, patient, count, versions, state"
)

_GIVEN = ", ".join(["%s::text"] * 8) + ", %s::text[]"
# consent.models.ConsentState, by its name: this package knows no other. It is looked up where the row is written, for
# whom consents decide about, and costs a read 2 µs; which of them decided is worked out when somebody asks.
_STATE = "(SELECT s.number FROM consent_state s WHERE s.patient = {patient})"


@dataclass(frozen=True)
class Who:
    """The acting side of an access record. `reason`: why the glass was broken, kept where nothing was refused.

    groups: other references by which a consent can mean the reader.
    """

    request: str
    username: str
    name: str
    hospital: str
    role: str
    practitioner: str
    purpose: str
    reason: str = ""
    address: str = ""
    groups: tuple[str, ...] = ()

    def given(self) -> list[Any]:
        """Its columns, in order."""
        return [
            self.request, self.username, self.name, self.hospital, self.role, self.practitioner, self.purpose,
            self.address, list(self.groups) or None,
        ]  # fmt: skip

    def state(self, patient: str) -> str:
        """SQL of the column `state`; patient: SQL as well."""
        return _STATE.format(patient=patient) if self.role == "clinician" else "NULL::bigint"


@dataclass(frozen=True)
class Deed:
    """What was done. `target` is "Type/id/_history/n", "Type/id" or a type; `patient` is whose record it was.

    versions: numbers of the versions that were given, where the target does not say it.
    """

    action: str
    type: str
    target: str
    patient: str | None = None
    allowed: bool = True
    reason: str = ""
    query: str = ""
    count: int = 1
    versions: Sequence[int] | None = None


# PostgreSQL takes 65,535 parameters in one statement; a row has 21.
ROWS_PER_STATEMENT = 1000


def record(who: Who, deeds: Sequence[Deed], *, at: datetime) -> list[UUID]:
    """One row per deed; returns their ids."""
    ids = [_time_ordered_id() for _ in deeds]
    rows = list(zip(ids, deeds, strict=True))
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        _insert(who, rows[start : start + ROWS_PER_STATEMENT], at)
    return ids


def noting(who: Who, action: str, *, at: datetime) -> tuple[str, list[Any]]:
    """The record of a read as part of the read's own statement: of the row of `found`, when there is one.

    An INSERT with its parameters, over the columns type, id, version and patient of `found`.
    """
    sql = f"""INSERT INTO audit_access ({_COLUMNS})
SELECT %s::uuid, %s::timestamptz, {_GIVEN}, %s::text, TRUE, %s::text, f.type,
f.type || '/' || f.id || '/_history/' || f.version, '', f.patient, 1, NULL, {who.state("f.patient")} FROM found f"""  # noqa: S608
    return sql, [_time_ordered_id(), at, *who.given(), action, who.reason]


def noting_search(
    who: Who, deed: Deed, *, patients: Sequence[str], several: bool, holds: tuple[str, list[Any]], at: datetime,
    whose: str | None = None,
) -> tuple[str, list[Any]]:  # fmt: skip
    """The records of a search as part of the search's own statement, over patient and version_pk of `sent`.

    An INSERT ... RETURNING with its parameters. It writes and returns nothing where the condition `holds` does not.
    patients: who was asked for. One row says all of a search that is about one Patient or none; of any other
    (`several`: what was asked is about more), that row is about nobody, and one without the query is about each.
    whose: all of `sent` is about this Patient, or nobody.
    """
    rows, values = _of_one(deed, whose) if whose and not several else _of_any(deed, patients, several)
    sql = f"""{rows}
INSERT INTO audit_access ({_COLUMNS})
SELECT (%s::text || right(gen_random_uuid()::text, 17))::uuid, %s::timestamptz, {_GIVEN}, %s::text, TRUE,
%s::text, %s::text, %s::text, query, patient, sent, versions, {who.state("rows.patient")}
FROM rows WHERE {holds[0]} RETURNING TRUE"""  # noqa: S608
    return sql, [
        *values, str(_time_ordered_id())[:19], at, *who.given(), deed.action, who.reason, deed.type, deed.target,
        *holds[1],
    ]  # fmt: skip


def _of_one(deed: Deed, whose: str) -> tuple[str, list[Any]]:
    """Of what is found with an index scan or two, half the time went into grouping a page by its one Patient."""
    sql = """WITH counted AS (SELECT count(*) AS sent, count(patient) AS hers,
array_agg(version_pk) FILTER (WHERE patient IS NOT NULL) AS versions FROM sent),
rows AS (SELECT v.query, v.patient, v.sent, v.versions FROM counted CROSS JOIN LATERAL (VALUES
(%s::text, CASE WHEN hers = sent THEN %s::text END, sent, CASE WHEN hers = sent THEN versions END),
(CASE WHEN hers < sent THEN '' END, %s::text, hers, versions)
) v (query, patient, sent, versions) WHERE v.query IS NOT NULL)"""
    return sql, [deed.query, whose, whose]


def _of_any(deed: Deed, patients: Sequence[str], several: bool) -> tuple[str, list[Any]]:
    each, one = "SELECT patient, 1 AS sent, version_pk FROM sent", "FALSE" if several else "count(*) <= 1"
    asked = f"{each} UNION ALL SELECT unnest(%s::text[]), 0, NULL" if patients else each
    sql = f"""WITH touched AS (SELECT patient, sum(sent) AS sent,
array_agg(version_pk) FILTER (WHERE version_pk IS NOT NULL) AS versions FROM ({asked}) t GROUP BY patient),
whole AS (SELECT {one} AS one, min(patient) AS patient, COALESCE(sum(sent), 0) AS sent FROM touched),
rows AS (SELECT CASE WHEN one THEN whole.patient END AS patient, whole.sent, %s::text AS query, t.versions
FROM whole LEFT JOIN touched t ON one AND t.patient = whole.patient
UNION ALL SELECT t.patient, t.sent, '', t.versions FROM touched t JOIN whole ON NOT one WHERE t.patient IS NOT NULL)"""  # noqa: S608
    return sql, [*([list(patients)] if patients else []), deed.query]


def _insert(who: Who, rows: Sequence[tuple[UUID, Deed]], at: datetime) -> None:
    row = f"({', '.join(['%s'] * 10)}, %s::text[], {', '.join(['%s'] * 8)}, %s::bigint[], {who.state('%s')})"
    values = [
        value
        for id, deed in rows
        for value in (
            id, at, *who.given(), deed.action, deed.allowed, deed.reason or who.reason, deed.type, deed.target,
            deed.query, deed.patient, deed.count, list(deed.versions) if deed.versions else None,
            *([deed.patient] if who.role == "clinician" else []),
        )
    ]  # fmt: skip
    fetch(f"INSERT INTO audit_access ({_COLUMNS}) VALUES " + ", ".join([row] * len(rows)), values)  # noqa: S608


def _time_ordered_id() -> UUID:
    """UUID version 7 (RFC 9562 section 5.7): new rows land at the end of the index."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
