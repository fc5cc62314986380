"""The order of a search, and the rows after a row: paging by the last row's own values, never by counting.

A page begins after the sort values and the pk of the row before it. pks never change, so without `_sort` no row comes
twice or is lost while others write. The moment of the last change does change: a later page orders a record that was
changed after the first page as it stood then.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medbridge.fhir.query import Sort
from medbridge.records.search_words import body
from medbridge.records.statement import Put, Statement

# What of an element is compared.
_VALUES = {
    "CodeableConcept": ".coding.code",
    "Coding": ".code",
    "Identifier": ".value",
    "ContactPoint": ".value",
    "Reference": ".reference",
}
_STEP = re.compile(r'(\w+)(\[\d+\])?(?:\[(\w+)=(?:"([^"]+)"|([\w-]+))\])?\.?')


@dataclass(frozen=True)
class After:
    """The last row of the page before: its sort values and pk; `since`: when the first page was made."""

    values: tuple[Any, ...]
    pk: int
    since: datetime


def keys(sorts: Sequence[Sort], alias: str, sql: Statement, after: After | None) -> list[str]:
    """SQL of each sort value over records_current `alias`."""
    return [_key(sort, alias, sql, after) for sort in sorts]


def order(sorts: Sequence[Sort]) -> str:
    """ORDER BY over the columns s0, s1 ... and pk. Without a value last, either way (fhir.query.Sort)."""
    columns = [f"s{at} {'DESC' if sort.descending else 'ASC'} NULLS LAST" for at, sort in enumerate(sorts)]
    return ", ".join([*columns, "pk"])


def beyond(sorts: Sequence[Sort], after: After, put: Put) -> str:
    """The rows after the row, over the same columns."""
    ways, equal = [], []
    for at, (sort, value) in enumerate(zip(sorts, after.values, strict=True)):
        if value is None:
            equal.append(f"s{at} IS NULL")
            continue
        place = put(value)
        ways.append([*equal, f"(s{at} {'<' if sort.descending else '>'} {place} OR s{at} IS NULL)"])
        equal.append(f"s{at} = {place}")
    ways.append([*equal, f"pk > {put(after.pk)}"])
    return "(" + " OR ".join(f"({' AND '.join(way)})" for way in ways) + ")"


def _key(sort: Sort, alias: str, sql: Statement, after: After | None) -> str:
    least = "max" if sort.descending else "min"
    match sort.by:
        case "id":
            return f'{alias}.id COLLATE "C"'
        case "clinical":
            return f"{alias}.low"
        case "updated":
            return _updated(alias, sql, after)
        case "date":
            return _valued(f"{least}(d.low)", "records_date", sort, alias, sql)
        case "string":
            return _valued(f"{least}(d.value)", "records_text", sort, alias, sql)
        case "number":
            return _valued(f"{least}(COALESCE(d.base_low, d.low))", "records_number", sort, alias, sql)
        case _:
            return _stored(sort.paths, alias, sql.put)


def _updated(alias: str, sql: Statement, after: After | None) -> str:
    if after is None:
        return f"{alias}.updated_at"
    since = sql.put(after.since)
    then = f"SELECT max(e.at) FROM records_version e WHERE e.key = {alias}.key AND e.at <= {since}"  # noqa: S608
    return f"CASE WHEN {alias}.updated_at <= {since} THEN {alias}.updated_at ELSE ({then}) END"


def _valued(value: str, table: str, sort: Sort, alias: str, sql: Statement) -> str:
    return f"(SELECT {value} FROM {table} d WHERE d.record = {alias}.pk AND d.salt = {sql.put(sort.salt)})"  # noqa: S608


def _stored(paths: Sequence[str], alias: str, put: Put) -> str:
    firsts = ", ".join(f"jsonb_path_query_first(w.body, {put(json_path(path))}::jsonpath) #>> '{{}}'" for path in paths)
    return f'(SELECT COALESCE({firsts}, NULL) COLLATE "C" FROM (SELECT {body(alias)} AS body OFFSET 0) w)'  # noqa: S608


def json_path(path: str) -> str:
    """Of one of parameters.Parameter.paths; `name[use=usual].family` is `$."name" ? (@."use" == "usual")."family"`."""
    where, _, type = path.rpartition(":")
    steps = "".join(_step(*found) for found in _STEP.findall(where))
    return f"${steps}{_VALUES.get(type.partition('(')[0], '')}"


def _step(name: str, place: str, element: str, quoted: str, value: str) -> str:
    condition = f' ? (@."{element}" == "{quoted or value}")' if element else ""
    return f'."{name}"{place}{condition}'
