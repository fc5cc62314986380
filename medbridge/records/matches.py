"""Many searches at once, each for the one record that it means: the conditions of a bundle's entries."""

from collections.abc import Sequence
from dataclasses import dataclass

from medbridge.fhir.query import Query, Terms
from medbridge.records import search
from medbridge.records.statement import Predicate, Statement
from medbridge.records.together import array


@dataclass(frozen=True, slots=True)
class Match:
    """The newest version of a record that a search finds."""

    type: str
    id: str
    version: int


# The fence (OFFSET 0) keeps the planner from walking a type until it has two rows: it cannot know how rare a term is.
_MATCHES = """
SELECT w.place, m.type, m.id, m.version FROM unnest({places}, {types}, {terms}) AS w (place, type, terms), LATERAL (
SELECT r.type, r.id, r.version FROM (SELECT * FROM records_current r WHERE r.terms && w.terms::bigint[] OFFSET 0) r
WHERE r.type = w.type AND NOT r.deleted AND ({visible}) LIMIT 2) m
"""


def matches(queries: Sequence[Query], *, visible: Predicate) -> list[list[Match]]:
    """Up to two matches of each query, so that one can be told from several.

    Searches by a single token (an identifier, as a rule) are one statement together; others one each.
    """
    tokens = [_token(query) for query in queries]
    found: list[list[Match]] = [[] for _ in queries]
    places = [place for place, token in enumerate(tokens) if token is not None]
    for place, type, id, version in _by_token(queries, tokens, places, visible):
        found[place].append(Match(type, id, version))
    for place, query in enumerate(queries):
        if tokens[place] is None:
            hits = search.page(query, visible=visible, limit=2)
            found[place] = [Match(hit.type, hit.id, hit.version) for hit in hits]
    return found


def _token(query: Query) -> Terms | None:
    only = query.where.of[0] if len(query.where.of) == 1 else None
    return only if isinstance(only, Terms) else None


def _by_token(
    queries: Sequence[Query], tokens: Sequence[Terms | None], places: Sequence[int], visible: Predicate
) -> Sequence[tuple[int, str, str, int]]:
    if not places:
        return []
    sql = Statement()
    terms = [array(token.any) for place in places if (token := tokens[place])]
    text = _MATCHES.format(
        places=f"{sql.put('{' + ','.join(map(str, places)) + '}')}::int[]",
        types=sql.texts([queries[place].type for place in places]), terms=sql.texts(terms),
        visible=visible.condition("r", sql.put),
    )  # fmt: skip
    return sql.rows(text)
