"""`_include` and `_revinclude`: what the reader may see of the rows that the matches refer to, or that refer to them.

A target that the reader may not see is silently absent: the reference in the match says no more than it does anyway.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from medbridge.fhir.query import Include, Query
from medbridge.records.search import VERSIONS, Hit, hit_columns
from medbridge.records.statement import Predicate, Statement


@dataclass
class Included:
    """more: there are more than the limit, and the answer must say so."""

    hits: list[Hit] = field(default_factory=list)
    more: bool = False


def included(query: Query, matches: Sequence[Hit], *, visible: Predicate, limit: int, rounds: int) -> Included:
    """At most `limit` rows, none twice and none that is a match; `:iterate` goes `rounds` times further."""
    found, known = Included(), {hit.key for hit in matches}
    sources, includes = list(matches), query.includes
    for _ in range(rounds + 1):
        new = [] if found.more else _round(includes, sources, known, query, visible, limit - len(found.hits) + 1)
        room = limit - len(found.hits)
        found.more = found.more or len(new) > room
        found.hits += new[:room]
        known |= {hit.key for hit in new}
        sources, includes = new[:room], tuple(each for each in query.includes if each.iterate)
        if not sources or not includes:
            break
    return found


def _round(
    includes: Iterable[Include], sources: Sequence[Hit], known: set[int], query: Query, visible: Predicate, limit: int
) -> list[Hit]:
    found: dict[int, Hit] = {}
    for include in includes:
        wanted = _reverse(include, sources) if include.reverse else _forward(include, sources)
        if wanted:
            for hit in _rows(include, wanted, query, visible, limit + len(known)):
                if hit.key not in known:
                    found.setdefault(hit.key, hit)
    return sorted(found.values(), key=lambda hit: hit.pk)


def _forward(include: Include, sources: Sequence[Hit]) -> list[int]:
    """Keys of what the sources may refer to: of another parameter's reference the key is nobody's."""
    return list(
        {ref ^ salt for hit in sources if hit.type == include.type for ref in hit.refs for salt in include.salts}
    )


def _reverse(include: Include, sources: Sequence[Hit]) -> list[int]:
    """References to the sources."""
    named = (hit for hit in sources if not include.targets or hit.type in include.targets)
    return [hit.key ^ salt for hit in named for salt in include.salts]


def _rows(include: Include, wanted: Sequence[int], query: Query, visible: Predicate, limit: int) -> list[Hit]:
    sql = Statement()
    tables, seen = visible.gather(query.patients, sql.put) if query.patients else ("", visible)
    types = include.targets if not include.reverse else (include.type,) if include.type else ()
    narrowed = f" AND r.type = ANY({sql.texts(types)})" if types else ""
    column = "r.refs &&" if include.reverse else "r.key = ANY"
    where = f"{column} ({sql.numbers(wanted)}) AND NOT r.deleted{narrowed} AND ({seen.condition('r', sql.put)})"
    rows = f"SELECT * FROM records_current r WHERE {where} ORDER BY pk LIMIT {int(limit)}"  # noqa: S608
    text = f"SELECT {hit_columns(seen, sql)}, r.refs FROM ({rows}) r {VERSIONS} ORDER BY r.pk"  # noqa: S608
    return [Hit(*row) for row in sql.rows(f"WITH {tables} {text}" if tables else text)]
