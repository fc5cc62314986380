"""Versions of one record, one type or all, newest first, page by page.

The current row is judged for all versions of a record: its labels govern them all (DESIGN 5.7). The order is (at, pk),
which two indexes of records_version give; `at` is when the request came, so a page may miss a version that a slower
request, begun before, commits after the page was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from medbridge.records.read import Found
from medbridge.records.search import Predicate

Key = tuple[datetime, int]

_COLUMNS = "v.type, v.id, v.version, v.at, v.body, v.digest, v.method, r.patient, r.hospital, r.deleted, v.pk"
# A version that spoke of several people, or of nobody, is not part of what the consent of today's one person opens.
_FROM = (
    "FROM records_version v JOIN records_current r"
    " ON r.type = v.type AND r.id = v.id AND v.patient IS NOT DISTINCT FROM r.patient"
)
# The next version, if there is one, came after the period began: this one was the current one at some time in it.
_NOT_OVER = (
    "NOT EXISTS (SELECT 1 FROM records_version n"
    " WHERE n.type = v.type AND n.id = v.id AND n.version = v.version + 1 AND n.at <= %s)"
)


@dataclass(frozen=True)
class Window:
    """What of a history is asked for. `since`: made at or after; `at`: current at some time between the two."""

    types: Sequence[str] | None = None
    id: str | None = None
    since: datetime | None = None
    at: tuple[datetime, datetime] | None = None


def page(window: Window, *, visible: Predicate, limit: int, after: Key | None = None) -> list[tuple[Found, int]]:
    """Up to `limit` versions, each with its number, older than the key (at, number) of the last one before."""
    conditions = [*_conditions(window), *([("(v.at, v.pk) < (%s, %s)", list(after))] if after else []), visible]
    where = " AND ".join(f"({condition})" for condition, _ in conditions)
    params = [value for _, values in conditions for value in values]
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY v.at DESC, v.pk DESC LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, limit])
        return [
            (Found(r[0], r[1], r[2], r[3], bytes(r[4]), bytes(r[5]), r[6], r[7], r[8], r[9]), r[10])
            for r in cursor.fetchall()
        ]


def _conditions(window: Window) -> list[tuple[str, list[Any]]]:
    found: list[tuple[str, list[Any]]] = []
    if window.types is not None:
        one = len(window.types) == 1
        found.append(("v.type = %s", [window.types[0]]) if one else ("v.type = ANY(%s)", [list(window.types)]))
    if window.id is not None:
        found.append(("v.id = %s", [window.id]))
    if window.since is not None:
        found.append(("v.at >= %s", [window.since]))
    if window.at is not None:
        found += [("v.at <= %s", [window.at[1]]), (_NOT_OVER, [window.at[0]])]
    return found
