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
    " action, allowed, reason, type, target, query, patient, count"
)


@dataclass(frozen=True)
class Who:
    """The acting side of an access record. `reason`: why the glass was broken, kept where nothing was refused."""

    request: str
    username: str
    name: str
    hospital: str
    role: str
    practitioner: str
    purpose: str
    reason: str = ""


@dataclass(frozen=True)
class Deed:
    """What was done. `target` is "Type/id/_history/n", "Type/id" or a type; `patient` is whose record it was."""

    action: str
    type: str
    target: str
    patient: str | None = None
    allowed: bool = True
    reason: str = ""
    query: str = ""
    count: int = 1


# PostgreSQL takes 65,535 parameters in one statement; a row has 17.
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
SELECT %s::uuid, %s::timestamptz, {", ".join(["%s::text"] * 8)}, TRUE, %s::text, f.type,
f.type || '/' || f.id || '/_history/' || f.version, '', f.patient, 1 FROM found f"""  # noqa: S608
    return sql, [
        _time_ordered_id(), at, who.request, who.username, who.name, who.hospital, who.role, who.practitioner,
        who.purpose, action, who.reason,
    ]  # fmt: skip


def noting_search(
    who: Who, deed: Deed, *, patients: Sequence[str], several: bool, holds: tuple[str, list[Any]], at: datetime,
    whose: str | None = None,
) -> tuple[str, list[Any]]:  # fmt: skip
    """The records of a search as part of the search's own statement, over the column patient of `sent`.

    An INSERT ... RETURNING with its parameters. It writes and returns nothing where the condition `holds` does not.
    patients: who was asked for. One row says all of a search that is about one Patient or none; of any other
    (`several`: what was asked is about more), that row is about nobody, and one without the query is about each.
    whose: all of `sent` is about this Patient, or nobody.
    """
    rows, values = _of_one(deed, whose) if whose and not several else _of_any(deed, patients, several)
    sql = f"""{rows}
INSERT INTO audit_access ({_COLUMNS})
SELECT (%s::text || right(gen_random_uuid()::text, 17))::uuid, %s::timestamptz, {", ".join(["%s::text"] * 8)}, TRUE,
%s::text, %s::text, %s::text, query, patient, sent FROM rows WHERE {holds[0]} RETURNING TRUE"""  # noqa: S608
    return sql, [
        *values, str(_time_ordered_id())[:19], at, who.request, who.username, who.name, who.hospital, who.role,
        who.practitioner, who.purpose, deed.action, who.reason, deed.type, deed.target, *holds[1],
    ]  # fmt: skip


def _of_one(deed: Deed, whose: str) -> tuple[str, list[Any]]:
    """Of what is found with an index scan or two, half the time went into grouping a page by its one Patient."""
    sql = """WITH counted AS (SELECT count(*) AS sent, count(patient) AS hers FROM sent),
rows AS (SELECT v.query, v.patient, v.sent FROM counted CROSS JOIN LATERAL (VALUES
(%s::text, CASE WHEN hers = sent THEN %s::text END, sent), (CASE WHEN hers < sent THEN '' END, %s::text, hers)
) v (query, patient, sent) WHERE v.query IS NOT NULL)"""
    return sql, [deed.query, whose, whose]


def _of_any(deed: Deed, patients: Sequence[str], several: bool) -> tuple[str, list[Any]]:
    each, one = "SELECT patient, 1 AS sent FROM sent", "FALSE" if several else "count(*) <= 1"
    asked = f"{each} UNION ALL SELECT unnest(%s::text[]), 0" if patients else each
    sql = f"""WITH touched AS (SELECT patient, sum(sent) AS sent FROM ({asked}) t GROUP BY patient),
whole AS (SELECT {one} AS one, min(patient) AS patient, COALESCE(sum(sent), 0) AS sent FROM touched),
rows AS (SELECT CASE WHEN one THEN patient END AS patient, sent, %s::text AS query FROM whole
UNION ALL SELECT t.patient, t.sent, '' FROM touched t JOIN whole ON NOT one WHERE t.patient IS NOT NULL)"""  # noqa: S608
    return sql, [*([list(patients)] if patients else []), deed.query]


def _insert(who: Who, rows: Sequence[tuple[UUID, Deed]], at: datetime) -> None:
    row = "(" + ", ".join(["%s"] * 17) + ")"
    values = [
        value
        for id, deed in rows
        for value in (
            id, at, who.request, who.username, who.name, who.hospital, who.role, who.practitioner, who.purpose,
            deed.action, deed.allowed, deed.reason or who.reason, deed.type, deed.target, deed.query, deed.patient,
            deed.count,
        )
    ]  # fmt: skip
    fetch(f"INSERT INTO audit_access ({_COLUMNS}) VALUES " + ", ".join([row] * len(rows)), values)  # noqa: S608


def _time_ordered_id() -> UUID:
    """UUID version 7 (RFC 9562 section 5.7): new rows land at the end of the index."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
