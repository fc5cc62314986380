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
    " action, allowed, reason, type, target, query, patient, count, committed"
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
f.type || '/' || f.id || '/_history/' || f.version, '', f.patient, 1, FALSE FROM found f"""  # noqa: S608
    return sql, [
        _time_ordered_id(), at, who.request, who.username, who.name, who.hospital, who.role, who.practitioner,
        who.purpose, action, who.reason,
    ]  # fmt: skip


def noting_search(
    who: Who, deed: Deed, *, most: int, holds: tuple[str, list[Any]], at: datetime
) -> tuple[str, list[Any]]:
    """The record of a search as part of the search's own statement, of one person's rows in `found`, none or many.

    An INSERT ... RETURNING with its parameters, over the column patient of `found`. It writes and returns nothing
    where the condition `holds` does not, nor when a row is not `deed.patient`'s: that takes a record for each.
    most: the rows that are sent, of those found; deed.count is what the statement counts.
    """
    sql = f"""INSERT INTO audit_access ({_COLUMNS})
SELECT %s::uuid, %s::timestamptz, {", ".join(["%s::text"] * 8)}, TRUE, %s::text, %s::text, %s::text, %s::text, %s::text,
(SELECT LEAST(count(*), %s::bigint) FROM found), FALSE
WHERE {holds[0]} AND NOT EXISTS (SELECT FROM found WHERE found.patient IS DISTINCT FROM %s::text) RETURNING TRUE"""  # noqa: S608
    return sql, [
        _time_ordered_id(), at, who.request, who.username, who.name, who.hospital, who.role, who.practitioner,
        who.purpose, deed.action, who.reason, deed.type, deed.target, deed.query, deed.patient, most, *holds[1],
        deed.patient,
    ]  # fmt: skip


def _insert(who: Who, rows: Sequence[tuple[UUID, Deed]], at: datetime) -> None:
    row = "(" + ", ".join(["%s"] * 17) + ", FALSE)"
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
