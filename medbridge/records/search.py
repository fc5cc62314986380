"""A search (fhir.query) over the current rows, with the reader's predicate on every row that takes part.

The page, the total, the order and what is included are all computed over what the reader may see, so nothing about
the rest shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from medbridge.fhir.query import Query, looks_elsewhere
from medbridge.records import search_order
from medbridge.records.search_conditions import Conditions, Row
from medbridge.records.search_order import After
from medbridge.records.search_resolve import about_patients, resolved
from medbridge.records.search_rows import Rows, one_plan
from medbridge.records.statement import Predicate, Statement

_HIT = "r.pk, r.key, r.type, r.id, r.version, r.updated_at, v.body, r.patient, r.hospital, v.pk AS version_pk"
VERSIONS = "JOIN records_version v ON v.pk = r.version_pk"


@dataclass(frozen=True, slots=True)
class Hit:
    """One resource on its way out: its exact stored bytes, and what paging, includes and the access record need.

    version_pk: of the version. state: Predicate.state. refs: fhir.index.Index.refs, where the search includes anything.
    values: of the sort keys.
    """

    pk: int
    key: int
    type: str
    id: str
    version: int
    at: datetime
    body: bytes
    patient: str | None
    hospital: str | None
    version_pk: int = 0
    state: int | None = None
    refs: Sequence[int] = ()
    values: tuple[Any, ...] = ()


def page(query: Query, *, visible: Predicate, limit: int, after: After | None = None) -> list[Hit]:
    """Up to `limit` matches, after the last row of the page before."""
    return rows(answered(query, visible), visible, limit, after)


def answered(query: Query, visible: Predicate) -> Query:
    """With its chains, `_has` and `_list` resolved as far as they can be (search_resolve)."""
    if not looks_elsewhere(query.where):
        return query
    query = about_patients(query, visible)
    return replace(query, where=resolved(query.where, visible))


def rows(query: Query, visible: Predicate, limit: int, after: After | None) -> list[Hit]:
    """page() of a search that is resolved."""
    sql = Statement()
    tables, seen = gathered(sql, query, visible)
    found = select(sql, query, seen, limit, after)
    return [hit(row) for row in sql.rows(f"{with_(tables)}{found}", planned_anew=not one_plan(query))]


def select(sql: Statement, query: Query, seen: Predicate, limit: int, after: After | None) -> str:
    """The SELECT of a page of a search that is resolved."""
    cut, order = Rows(sql, query, seen, limit, after).select(), search_order.order(query.sort)
    values = "".join(f", r.s{at}" for at in range(len(query.sort)))
    # The page is cut before the versions are joined: bodies are fetched for the rows that are sent, and no others.
    return (
        f"SELECT {hit_columns(seen, sql)}, r.refs{values}"  # noqa: S608
        f" FROM ({cut}) r {VERSIONS} ORDER BY {order.replace('pk', 'r.pk')}"
    )


def count(query: Query, *, visible: Predicate) -> int:
    """How many matches this reader has."""
    sql, query = Statement(), about_patients(query, visible)
    tables, seen = gathered(sql, query, visible)
    where = Conditions(sql, seen).visible(Row("r", (query.type,), query.patients or ()), resolved(query.where, visible))
    text = f"{with_(tables)}SELECT count(*) FROM records_current r WHERE {where}"  # noqa: S608
    return int(sql.rows(text, planned_anew=not query.patients)[0][0])


def gathered(sql: Statement, query: Query, visible: Predicate) -> tuple[list[str], Predicate]:
    """Common table expressions, and the predicate beside them."""
    if not query.patients:
        return [], visible
    # A Patient may be linked to another, and so be in the compartment of somebody else; no other type can.
    table, seen = visible.gather(query.patients, sql.put, nobody_else=query.type != "Patient")
    return [table] if table else [], seen


def hit_columns(seen: Predicate, sql: Statement) -> str:
    """The first columns of Hit, over a current row r and its version v."""
    return f"{_HIT}, {seen.state('r', sql.put)} AS state"


def with_(tables: Sequence[str]) -> str:
    return f"WITH {', '.join(tables)} " if tables else ""


def hit(row: tuple[Any, ...]) -> Hit:
    return Hit(*[*row[:11], row[11] or (), row[12:]])
