"""Which other types a search looks into: a token that may not search those must not learn of them by a chain."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from medbridge.fhir import query
from medbridge.fhir.query import All, Either, Query

# Nothing satisfies it.
NEVER = Either(())


def within(search: Query, allowed: Callable[[str], bool]) -> Query:
    """The search with chains, `_has` and `_list` going to allowed types only."""
    if not query.looks_elsewhere(search.where):
        return search
    return replace(search, where=All(tuple(_within(each, allowed) for each in search.where.of)))


def types(search: Query) -> set[str]:
    """Types that conditions on other rows ask about, where the search can find nothing without one of them."""
    return {type for each in search.where.of for type in _types(each)}


def _within(condition: Any, allowed: Callable[[str], bool]) -> Any:
    match condition:
        case query.All() | query.Either():
            return replace(condition, of=tuple(_within(each, allowed) for each in condition.of))
        case query.Not():
            return replace(condition, of=_within(condition.of, allowed))
        case query.Chain():
            types = tuple(type for type in condition.types if allowed(type))
            return replace(condition, types=types, where=_within(condition.where, allowed)) if types else NEVER
        case query.Has():
            return replace(condition, where=_within(condition.where, allowed)) if allowed(condition.type) else NEVER
        case query.Listed():
            return condition if allowed("List") else NEVER
    return condition


def _types(condition: Any) -> Iterator[str]:
    match condition:
        case query.Chain():
            if len(condition.types) == 1:
                yield condition.types[0]
            yield from _types(condition.where)
        case query.Has():
            yield condition.type
            yield from _types(condition.where)
        case query.Listed():
            yield "List"
