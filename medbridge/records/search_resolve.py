"""Chains, `_has` and `_list` answered first, where few rows lie behind them.

`patient.name=zhang` is then the references to those five Patients, one probe of an index. Where there are many
(`patient.gender=female`) the condition stays, and is asked of each row in turn: then a page is soon full. Which way is
taken shows in nothing but time.
"""

from dataclasses import replace
from typing import Any

from medbridge.fhir import query, terms
from medbridge.fhir.query import Query
from medbridge.records.search_conditions import Conditions, Keys, Row
from medbridge.records.statement import Predicate, Statement

# A reference costs a descent of the index, 3 microseconds; a row behind `_has` its predicate, as a probe for one does.
FEW_TARGETS, FEW_SOURCES = 500, 300
FEW_PATIENTS = 20
COMMON_REMEMBERED = 10_000

# Terms known to be common. They hardly become rare; if one does, the answer is right all the same.
_common: set[tuple[int, ...]] = set()


def resolved(condition: Any, seen: Predicate) -> Any:
    """The same condition for this reader, its innermost hops first."""
    match condition:
        case query.All() | query.Either():
            return replace(condition, of=tuple(resolved(each, seen) for each in condition.of))
        case query.Not():
            return replace(condition, of=resolved(condition.of, seen))
        case query.Chain():
            return _chain(replace(condition, where=resolved(condition.where, seen)), seen)
        case query.Has():
            return _has(replace(condition, where=resolved(condition.where, seen)), seen)
        case query.Listed():
            return _listed(condition, seen)
    return condition


def about_patients(search: Query, seen: Predicate) -> Query:
    """A chain to few Patients (`patient.name=zhang`) names them: the search is then one of those Patients' data."""
    for chain in search.where.of:
        if search.patients is None and isinstance(chain, query.Chain) and _leads_to_patients(chain, search.type):
            where = resolved(chain.where, seen)
            rows = _rows("x.id", ("Patient",), where, seen, FEW_PATIENTS + 1)
            if len(rows) <= FEW_PATIENTS:
                ids = tuple(str(row[0]) for row in rows)
                refers = query.Refers(tuple(terms.key("Patient", id) ^ salt for id in ids for salt in chain.salts))
                rest = tuple(each for each in search.where.of if each is not chain)
                return replace(search, where=query.All((*rest, refers)), patients=ids)
    return search


def _leads_to_patients(chain: query.Chain, type: str) -> bool:
    """Patient.link leads to another person's Patient, and so does not say whose the row is."""
    owns = {terms.salt(type, name) for name in ("patient", "subject")}
    return type != "Patient" and chain.types == ("Patient",) and set(chain.salts) <= owns


def _chain(chain: query.Chain, seen: Predicate) -> Any:
    rows = _rows("x.key", chain.types, chain.where, seen, FEW_TARGETS + 1)
    if len(rows) > FEW_TARGETS:
        return chain
    return query.Refers(tuple(row[0] ^ salt for row in rows for salt in chain.salts))


def _has(has: query.Has, seen: Predicate) -> Any:
    code = _paired(has)
    if code is not None and _is_common(code.any):
        return has
    rows = _rows("x.refs", (has.type,), has.where, seen, FEW_SOURCES + 1, rare=code)
    if len(rows) > FEW_SOURCES:
        return has
    return Keys(tuple({ref ^ salt for row in rows for ref in row[0] for salt in has.salts}))


def _listed(listed: query.Listed, seen: Predicate) -> Keys:
    rows = _rows("x.refs", ("List",), Keys((terms.key("List", listed.list),)), seen, 1)
    return Keys(tuple(ref ^ listed.salt for row in rows for ref in row[0]))


def _rows(
    column: str, types: tuple[str, ...], where: Any, seen: Predicate, limit: int, *, rare: query.Terms | None = None
) -> list[tuple[Any, ...]]:
    """rare: the part of the condition that few rows satisfy, as is known."""
    sql, named = Statement(), _are_strings(where) or rare is not None
    conditions, row = Conditions(sql, seen), Row("x", types)
    table = "records_current x"
    if rare is not None:
        # OFFSET 0: found by that part whatever the planner expects of it, and only what is found is judged.
        table = f"(SELECT * FROM records_current x WHERE {conditions.of(rare, row)} OFFSET 0) x"  # noqa: S608
        where = query.All(tuple(each for each in _all(where) if each is not rare))
    condition = conditions.visible(row, where, found=named)
    # Strings have their own index, however common they are; which plan is best for numbers hangs on the number.
    return sql.rows(f"SELECT {column} FROM {table} WHERE {condition} LIMIT {limit}", planned_anew=not named)  # noqa: S608


def _are_strings(where: Any) -> bool:
    of = _all(where)
    return bool(of) and all(isinstance(each, query.Strings) for each in of)


def _all(where: Any) -> tuple[Any, ...]:
    return where.of if isinstance(where, query.All) else (where,)


def _paired(has: query.Has) -> query.Terms | None:
    return next((each for each in _all(has.where) if isinstance(each, query.Terms) and each.paired), None)


def _is_common(code: tuple[int, ...]) -> bool:
    """Whether more rows have it, seen or unseen, than it pays to look at one by one, or than there are Patients."""
    if code in _common:
        return True
    sql = Statement()
    coded = f"SELECT FROM records_current x WHERE x.terms && {sql.numbers(code)} LIMIT {FEW_SOURCES + 1}"
    people = f"SELECT FROM records_current x WHERE x.type = 'Patient' AND NOT x.deleted LIMIT {FEW_SOURCES + 1}"
    counts = ", ".join(f"(SELECT count(*) FROM ({each}) counted)" for each in (coded, people))  # noqa: S608
    [(count, patients)] = sql.rows(f"SELECT {counts}", planned_anew=True)
    if count > FEW_SOURCES:
        if len(_common) >= COMMON_REMEMBERED:
            _common.clear()
        _common.add(code)
    return bool(count > min(FEW_SOURCES, patients))
