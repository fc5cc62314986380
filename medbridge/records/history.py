"""Versions of one record, one type or all, newest first, page by page.

The current row is judged for all versions of a record: its labels govern them all (DESIGN 5.7). The order is (at, pk),
`at` from two indexes of records_version; it is when the request came, so a page may miss a version that a slower
request, begun before, commits after the page was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medbridge.fhir.terms import key
from medbridge.records.read import Found
from medbridge.records.statement import Predicate, Put, Statement

Key = tuple[datetime, int]

_COLUMNS = "v.type, v.id, v.version, v.at, v.body, v.method, r.patient, r.hospital, r.deleted, v.pk"
# A version that spoke of several people, or of nobody, is not part of what the consent of today's one person opens.
_FROM = "FROM records_version v JOIN records_current r ON r.key = v.key AND v.patient IS NOT DISTINCT FROM r.patient"
# The next version, if there is one, came after the period began: this one was the current one at some time in it.
_NOT_OVER = (
    "NOT EXISTS (SELECT 1 FROM records_version n WHERE n.key = v.key AND n.version = v.version + 1 AND n.at <= %s)"
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
    sql = Statement()
    conditions = [*_conditions(window, sql.put), f"({visible.condition('r', sql.put)})"]
    if after:
        conditions.append(f"(v.at, v.pk) < ({sql.put(after[0])}, {sql.put(after[1])})")
    where = " AND ".join(conditions)
    # One record has few versions, a type has many: where to begin hangs on the values.
    columns = f"{_COLUMNS}, {visible.state('r', sql.put)}"
    order = f"ORDER BY v.at DESC, v.pk DESC LIMIT {int(limit)}"
    rows = sql.rows(f"SELECT {columns} {_FROM} WHERE {where} {order}", planned_anew=True)
    return [(Found(*row), row[9]) for row in rows]


def _conditions(window: Window, put: Put) -> list[str]:
    found: list[str] = []
    types = window.types or ()
    if window.id is not None and len(types) == 1:
        found.append(f"v.key = {put(key(types[0], window.id))}")
    elif len(types) == 1:
        found.append(f"v.type = {put(types[0])}")
    elif window.types is not None:
        found.append(f"v.type = ANY({put(list(types))}::text[])")
    if window.since is not None:
        found.append(f"v.at >= {put(window.since)}")
    if window.at is not None:
        found += [f"v.at <= {put(window.at[1])}", _NOT_OVER.replace("%s", put(window.at[0]))]
    return found
