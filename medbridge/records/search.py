"""A parsed search as SQL over the current rows, with the reader's consent predicate as one more condition.

The page, the total and the order are all computed over what the reader may see, so nothing about the rest shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from medbridge.fhir.dates import EARLIEST, LATEST
from medbridge.fhir.search import Query

Predicate = tuple[str, list[Any]]

# How the interval (low, high) of a row relates to that of the parameter (FHIR R4 search.html#prefix).
_COMPARE = {
    "eq": "({low} >= %(l)s AND {high} <= %(h)s)",
    "ne": "NOT ({low} >= %(l)s AND {high} <= %(h)s)",
    "gt": "{high} > %(h)s",
    "ge": "{high} >= %(l)s",
    "lt": "{low} < %(l)s",
    "le": "{low} <= %(h)s",
    "sa": "{low} > %(h)s",
    "eb": "{high} < %(l)s",
    "ap": "({low} <= %(h)s AND {high} >= %(l)s)",
}
_SORT = {"_id": "r.id", "_lastUpdated": "r.updated_at"}


@dataclass(frozen=True)
class Hit:
    """One match: the exact stored bytes, and the keys that paging and the access record need."""

    pk: int
    type: str
    id: str
    version: int
    at: datetime
    body: bytes
    patient: str | None
    key: Any
    hospital: str | None


def page(
    query: Query, *, visible: Predicate, limit: int, after: tuple[Any, int] | None = None,
    persons: Sequence[str] | None = None,
) -> list[Hit]:  # fmt: skip
    """Up to `limit` matches after the key (sort value, pk) of the last row of the page before."""
    where, params = _where(query, visible, persons)
    column, descending = _order(query)
    if after is not None:
        sign = "<" if descending else ">"
        where += f" AND ({column} {sign} %s OR ({column} = %s AND r.pk > %s))"
        params += [after[0], after[0], after[1]]
    way = "DESC" if descending else "ASC"
    # The page is cut before the versions are joined: bodies are fetched for the rows that are sent, and no others.
    sql = (
        "SELECT r.pk, r.type, r.id, r.version, r.updated_at, v.body, r.patient, r.key, r.hospital FROM ("  # noqa: S608
        f"SELECT r.*, {column} AS key FROM records_current r WHERE {where} ORDER BY {column} {way}, r.pk LIMIT %s"
        f") r JOIN records_version v ON v.pk = r.version_pk ORDER BY r.key {way}, r.pk"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, limit])
        return [Hit(r[0], r[1], r[2], r[3], r[4], bytes(r[5]), r[6], r[7], r[8]) for r in cursor.fetchall()]


def count(query: Query, *, visible: Predicate, persons: Sequence[str] | None = None) -> int:
    where, params = _where(query, visible, persons)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM records_current r WHERE {where}", params)  # noqa: S608
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def everything(
    patients: Sequence[str], *, visible: Predicate, limit: int, after: int = 0, types: Sequence[str] = ()
) -> list[Hit]:
    """The compartments of these Patients, oldest first (FHIR R4 patient-operation-everything)."""
    narrowed = " AND r.type = ANY(%s)" if types else ""
    sql = (
        "SELECT r.pk, r.type, r.id, r.version, r.updated_at, v.body, r.patient, r.pk, r.hospital"  # noqa: S608
        " FROM records_current r JOIN records_version v ON v.pk = r.version_pk"
        f" WHERE r.patient = ANY(%s) AND NOT r.deleted AND r.pk > %s{narrowed} AND ({visible[0]})"
        " ORDER BY r.pk LIMIT %s"
    )
    params = [list(patients), after, *([list(types)] if types else []), *visible[1], limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [Hit(r[0], r[1], r[2], r[3], r[4], bytes(r[5]), r[6], r[7], r[8]) for r in cursor.fetchall()]


def _order(query: Query) -> tuple[str, bool]:
    """The sort column and whether it descends. Rows without a clinical date come last either way."""
    if not query.sort:
        return "r.pk", False
    name, descending = query.sort[0]
    if name in _SORT:
        return _SORT[name], descending
    return f"COALESCE(r.low, '{EARLIEST if descending else LATEST}')", descending


def _where(query: Query, visible: Predicate, persons: Sequence[str] | None) -> tuple[str, list[Any]]:
    conditions, params = ["r.type = %s", "NOT r.deleted"], [query.type]
    for condition, values in _conditions(query, persons):
        conditions.append(condition)
        params += values
    return " AND ".join([*conditions, f"({visible[0]})"]), [*params, *visible[1]]


def _conditions(query: Query, persons: Sequence[str] | None) -> list[tuple[str, list[Any]]]:
    found: list[tuple[str, list[Any]]] = []
    either = [*query.terms, *([query.person_terms(persons)] if persons is not None else [])]
    if single := [values[0] for values in either if len(values) == 1]:
        found.append(("r.terms @> %s::text[]", [single]))
    found += [("r.terms && %s::text[]", [values]) for values in either if len(values) != 1]
    found += [("NOT (r.terms && %s::text[])", [values]) for values in query.not_terms]
    narrow = persons if persons is not None else query.patients
    if narrow is not None:
        # The terms decide; this only lets the planner use the patient index. A null patient: the row names several.
        found.append(("(r.patient = ANY(%s) OR r.patient IS NULL)", [list(narrow)]))
    if query.ids is not None:
        found.append(("r.id = ANY(%s)", [query.ids]))
    if query.missing is not None:
        found.append(("r.low IS NULL" if query.missing else "r.low IS NOT NULL", []))
    found += [_strings(query.type, *each) for each in query.strings]
    found += [_ranges(each, "r.low", "r.high") for each in query.dates]
    found += [_ranges(each, "r.updated_at", "r.updated_at") for each in query.last_updated]
    return found


def _strings(type: str, param: str, values: Sequence[str], how: str) -> tuple[str, list[Any]]:
    start = "%" if how == "contains" else ""
    patterns = [start + value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for value in values]
    either = " OR ".join(["t.value LIKE %s"] * len(patterns))
    sql = f"r.pk IN (SELECT t.record FROM records_text t WHERE t.type = %s AND t.param = %s AND ({either}))"  # noqa: S608
    return sql, [type, param, *patterns]


def _ranges(either: Sequence[tuple[str, datetime, datetime]], low: str, high: str) -> tuple[str, list[Any]]:
    parts: list[str] = []
    params: list[Any] = []
    for prefix, start, end in either:
        template = _COMPARE[prefix].format(low=low, high=high)
        bounds = {"%(l)s": start, "%(h)s": end}
        order = sorted((template.find(mark), mark) for mark in bounds if mark in template)
        params += [bounds[mark] for _, mark in order]
        parts.append(template.replace("%(l)s", "%s").replace("%(h)s", "%s"))
    return "(" + " OR ".join(parts) + ")", params
