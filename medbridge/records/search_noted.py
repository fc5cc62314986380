"""A page, what it includes and the record of the access by one statement: all of it happens, or nothing does."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from medbridge.fhir.query import Include, Query
from medbridge.records import search_order
from medbridge.records.search import HIT_COLUMNS, VERSIONS, Hit, gathered, hit, select, with_
from medbridge.records.search_order import After
from medbridge.records.search_resolve import about_patients, resolved
from medbridge.records.search_rows import one_plan
from medbridge.records.statement import Predicate, Sql, Statement


@dataclass(frozen=True)
class Noted:
    """more: whether there are matches after these."""

    hits: list[Hit]
    included: list[Hit]
    more: bool


def noted_page(
    query: Query, *, visible: Predicate, holds: Sql, noting: Callable[[Sql], Sql], after: After | None = None,
    included: int = 0,
) -> Noted | None:  # fmt: skip
    """One page of `query.count` matches, with what it includes: none of `:iterate`.

    holds: an SQL condition. noting: of a condition, an INSERT ... RETURNING where it is true, which selects from `sent`
    (column patient): one row for each resource that is sent. included: how many may be.
    None when that returned nothing, because `holds` is false or more would be included: then nothing was done.
    """
    sql, query = Statement(), about_patients(query, visible)
    tables, seen = gathered(sql, query, visible)
    query = replace(query, where=resolved(query.where, visible))
    order = search_order.order(query.sort)
    tables.append(f"found AS MATERIALIZED ({select(sql, query, seen, query.count + 1, after)})")
    sent = f"SELECT * FROM found ORDER BY {order} LIMIT {int(query.count)}"  # noqa: S608
    rows = "SELECT 0 AS part, * FROM found"
    if query.includes:
        also = _included(sql, query, seen.widely(), included + 1)
        tables += [f"matches AS MATERIALIZED ({sent})", f"included AS MATERIALIZED ({also})"]
        sent = "SELECT patient FROM matches UNION ALL SELECT patient FROM included"
        rows += f" UNION ALL SELECT 1, *{', NULL' * len(query.sort)} FROM included"  # noqa: S608
        holds = (f"{holds[0]} AND (SELECT count(*) FROM included) <= {int(included)}", holds[1])  # noqa: S608
    tables += [f"sent AS ({sent})", f"noted AS ({sql.text(noting(holds))})"]
    # At least one row comes, of NULLs, where the access is noted.
    text = f"SELECT a.* FROM (SELECT FROM noted LIMIT 1) n LEFT JOIN ({rows}) a ON TRUE ORDER BY part, {order}"  # noqa: S608
    answer = sql.rows(with_(tables) + text, planned_anew=not one_plan(query))
    return _noted(answer, query.count) if answer else None


def _noted(rows: list[tuple[object, ...]], count: int) -> Noted:
    matches = [hit(row[1:]) for row in rows if row[0] == 0]
    return Noted(matches[:count], [hit(row[1:]) for row in rows if row[0] == 1], len(matches) > count)


def _included(sql: Statement, query: Query, seen: Predicate, limit: int) -> str:
    """What the rows of `matches` refer to, or what refers to them; none of themselves."""
    others = "r.key <> ALL(ARRAY(SELECT key FROM matches))"
    condition = f"NOT r.deleted AND {others} AND ({seen.condition('r', sql.put)})"
    ways = [_way(sql, each, query.type) for each in query.includes]
    keys = " UNION ".join(f"SELECT r.pk FROM records_current r WHERE {way} AND {condition}" for way in ways)  # noqa: S608
    found = f"SELECT pk FROM ({keys}) k LIMIT {int(limit)}"  # noqa: S608
    return f"SELECT {HIT_COLUMNS}, r.refs FROM ({found}) k JOIN records_current r ON r.pk = k.pk {VERSIONS}"  # noqa: S608


def _way(sql: Statement, include: Include, matches: str) -> str:
    salts = f"unnest({sql.numbers(include.salts)}) s(salt)"
    if include.reverse:
        named = "TRUE" if not include.targets or matches in include.targets else "FALSE"
        to = f"r.refs && ARRAY(SELECT m.key # s.salt FROM matches m CROSS JOIN {salts} WHERE {named})"  # noqa: S608
        types: tuple[str, ...] = (include.type,) if include.type else ()
    else:
        named = "TRUE" if include.type == matches else "FALSE"
        refs = f"matches m CROSS JOIN unnest(m.refs) f(ref) CROSS JOIN {salts}"
        to = f"r.key = ANY(ARRAY(SELECT f.ref # s.salt FROM {refs} WHERE {named}))"  # noqa: S608
        types = include.targets
    return f"{to} AND r.type = ANY({sql.texts(types)})" if types else to
