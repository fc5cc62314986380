"""The newest rows of each code (FHIR R4 observation-operation-lastn)."""

from collections.abc import Sequence
from typing import Any

import orjson

from medbridge.fhir.query import Query
from medbridge.records.search import VERSIONS, Hit, hit_columns
from medbridge.records.search_conditions import Conditions, Row
from medbridge.records.search_resolve import resolved
from medbridge.records.search_words import body
from medbridge.records.statement import Predicate, Statement

# Of one person; each is parsed for its code.
MOST_ROWS = 50_000

Dated = tuple[int, Any, dict[str, Any]]  # pk, the effective time or None, Observation.code


def codes(query: Query, *, visible: Predicate) -> list[Dated]:
    """The matches of the search that this reader has, newest first: one more than MOST_ROWS at the most."""
    sql = Statement()
    patients = query.patients or ()
    tables, seen = visible.gather(patients, sql.put)
    row = Row("r", (query.type,), patients)
    where = Conditions(sql, seen).visible(row, resolved(query.where, visible))
    text = (
        f"{'WITH ' * bool(tables)}{tables} SELECT r.pk, r.low, ({body('r')} -> 'code')::text"  # noqa: S608
        f" FROM records_current r WHERE {where} ORDER BY r.low DESC NULLS LAST, r.pk DESC LIMIT {MOST_ROWS + 1}"
    )
    return [(pk, low, orjson.loads(code or "{}")) for pk, low, code in sql.rows(text)]


def rows(numbers: Sequence[int], *, visible: Predicate) -> list[Hit]:
    """These rows, as far as they are still there for the reader, in the order given."""
    sql = Statement()
    wanted = sql.numbers(numbers)
    where = f"r.pk = ANY({wanted}) AND NOT r.deleted AND ({visible.condition('r', sql.put)})"
    text = f"SELECT {hit_columns(visible, sql)}, r.refs FROM records_current r {VERSIONS} WHERE {where}"  # noqa: S608
    found = {row[0]: Hit(*row) for row in sql.rows(text)}
    return [found[number] for number in numbers if number in found]
