"""A page, what it includes and the record of the access, which is written only where the token holds."""

from collections.abc import Callable
from dataclasses import dataclass

from medbridge.fhir.query import Include, Query
from medbridge.records import search, search_include, search_order
from medbridge.records.search import VERSIONS, Hit, gathered, hit, hit_columns, select, with_
from medbridge.records.search_conditions import Row, named_patient
from medbridge.records.search_order import After
from medbridge.records.search_rows import NOT_HERS, one_plan
from medbridge.records.statement import Predicate, Sql, Statement

# Of a condition, and of the one Patient whom all that is sent is about, if so: the INSERT that runs where it is true.
Noting = Callable[[Sql, str | None], Sql]
# Patients of whom a consent tells records of one custodian apart. Wrong, it costs a statement and changes nothing.
_told_apart: set[str] = set()
TOLD_APART_REMEMBERED = 10_000


@dataclass(frozen=True)
class Noted:
    """more: whether there are matches after these."""

    hits: list[Hit]
    included: list[Hit]
    more: bool


def noted_page(
    query: Query, *, visible: Predicate, holds: Sql, noting: Noting, after: After | None = None,
    included: int = 0,
) -> Noted | None:  # fmt: skip
    """One page of `query.count` matches, with what it includes: none of `:iterate`.

    holds: an SQL condition. noting: of a condition, an INSERT ... RETURNING where it is true, which selects from `sent`
    (column patient): one row for each resource that is sent. included: how many may be.
    None when that returned nothing, because `holds` is false or more would be included: then nothing was done.
    """
    query = search.answered(query, visible)
    if not one_plan(query):
        return _in_two(query, visible, holds, noting, after, included)
    if not _is_presumable(query):
        return _at_once(query, visible, holds, noting, after, included)
    found = _at_once(query, visible, holds, noting, after, included, presuming=True)
    return found or _told_apart_by(query, _at_once(query, visible, holds, noting, after, included))


def _whose(query: Query) -> str | None:
    """The Patient whom all that is found is about, or nobody."""
    named = named_patient(query.where, Row("r", (query.type,), query.patients or ()))
    if named is None or query.includes or query.type in NOT_HERS or not query.patients:
        return None
    return query.patients[0]


def _is_presumable(query: Query) -> bool:
    patients = query.patients or ()
    return len(patients) == 1 and query.type not in NOT_HERS and patients[0] not in _told_apart


def _told_apart_by(query: Query, found: Noted | None) -> Noted | None:
    if found is not None:
        if len(_told_apart) >= TOLD_APART_REMEMBERED:
            _told_apart.clear()
        _told_apart.update(query.patients or ())
    return found


def _in_two(
    query: Query, visible: Predicate, holds: Sql, noting: Noting, after: After | None, included: int
) -> Noted | None:
    """The page, then its records: what is planned anew for its values is to be small."""
    rows = search.rows(query, visible, query.count + 1, after)
    hits = rows[: query.count]
    others = search_include.included(query, hits, visible=visible, limit=included, rounds=0)
    if others.more:
        return None
    sql = Statement()
    given = [*hits, *others.hits]
    whose, numbers = sql.texts([hit.patient for hit in given]), sql.numbers([hit.version_pk for hit in given])
    sent = f"sent AS (SELECT * FROM unnest({whose}, {numbers}) s(patient, version_pk))"  # noqa: S608
    noted = sql.rows(f"WITH {sent}, noted AS ({sql.text(noting(holds, None))}) SELECT TRUE FROM noted LIMIT 1")  # noqa: S608
    return Noted(hits, others.hits, len(rows) > len(hits)) if noted else None


def _at_once(
    query: Query, visible: Predicate, holds: Sql, noting: Noting, after: After | None, included: int, *,
    presuming: bool = False,
) -> Noted | None:  # fmt: skip
    """By one statement, planned once."""
    sql = Statement()
    tables, seen, proof = _gathered(sql, query, visible, presuming)
    holds = (f"{holds[0]} AND {proof}", holds[1]) if proof else holds
    order = search_order.order(query.sort)
    tables.append(f"found AS MATERIALIZED ({select(sql, query, seen, query.count + 1, after)})")
    sent = f"SELECT * FROM found ORDER BY {order} LIMIT {int(query.count)}"  # noqa: S608
    rows = "SELECT 0 AS part, * FROM found"
    if query.includes:
        also = _included(sql, query, seen.widely(), included + 1)
        tables += [f"matches AS MATERIALIZED ({sent})", f"included AS MATERIALIZED ({also})"]
        sent = "SELECT patient, version_pk FROM matches UNION ALL SELECT patient, version_pk FROM included"
        rows += f" UNION ALL SELECT 1, *{', NULL' * len(query.sort)} FROM included"  # noqa: S608
        holds = (f"{holds[0]} AND (SELECT count(*) FROM included) <= {int(included)}", holds[1])  # noqa: S608
    tables += [f"sent AS ({sent})", f"noted AS ({sql.text(noting(holds, _whose(query)))})"]
    # At least one row comes, of NULLs, where the access is noted.
    text = f"SELECT a.* FROM (SELECT FROM noted LIMIT 1) n LEFT JOIN ({rows}) a ON TRUE ORDER BY part, {order}"  # noqa: S608
    answer = sql.rows(with_(tables) + text)
    return _noted(answer, query.count) if answer else None


def _gathered(sql: Statement, query: Query, visible: Predicate, presuming: bool) -> tuple[list[str], Predicate, str]:
    """gathered(), and what the statement has to prove."""
    if not presuming:
        return *gathered(sql, query, visible), ""
    tables, seen, proof = visible.presume(query.patients or (), sql.put, nobody_else=True)
    return [tables] if tables else [], seen, proof


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
    return f"SELECT {hit_columns(seen, sql)}, r.refs FROM ({found}) k JOIN records_current r ON r.pk = k.pk {VERSIONS}"  # noqa: S608


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
