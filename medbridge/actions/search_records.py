"""Search the records of one type."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.accounts.tokens import Presumed
from medbridge.actions.steps import paging, reach
from medbridge.actions.steps.access import check_scope, note, visible, who
from medbridge.actions.steps.judging import cleared
from medbridge.actions.steps.limits import search_limits
from medbridge.audit.record import Deed, noting_search
from medbridge.fhir.custom import Custom
from medbridge.fhir.outcome import FhirError
from medbridge.fhir.search import Limits, Query, following, parse_query
from medbridge.identity import link
from medbridge.records import custom, read, search, search_include, search_noted, walks
from medbridge.records.search import Hit
from medbridge.records.search_order import After
from medbridge.records.statement import Predicate, Sql
from medbridge.records.walks import Progress

# An access record keeps the beginning of a long query; the bytes beyond it name nothing more than its start does.
QUERY_KEPT = 1000
# Parsed searches that one process remembers, some 3 kB each, and how long their values may be: a form may have 160 kB.
PARSED_REMEMBERED, PARSED_LENGTH = 2000, 500


@dataclass(frozen=True)
class Page:
    """One page of a search: only what the actor may see, and a link to the next page if there is one.

    spelled: the search as it was understood, `Type?a=b&c=d`. included: by `_include` and `_revinclude`;
    more_included: they go on beyond the limit.
    incomplete: of custom parameters that the search uses while older records are still being indexed.
    """

    query: Query
    spelled: str
    hits: list[Hit]
    total: int | None
    next: str | None
    included: list[Hit] = field(default_factory=list)
    more_included: bool = False
    incomplete: Sequence[Progress] = ()


def search_records(
    *, actor: Actor, at: datetime, type: str, pairs: Sequence[tuple[str, str]], strict: bool = False,
    compartment: tuple[str, str] | None = None,
) -> Page:  # fmt: skip
    """pairs: decoded query parameters. compartment: (type, id): only what is in it.

    Raises FhirError 400 for a search that cannot be understood.
    """
    check_scope(actor, type, "s", at=at)
    seen = visible(actor, at)
    query = followed(parsed(type, pairs, strict, at, compartment), seen)
    for reached in sorted(reach.types(query)):
        check_scope(actor, reached, "s", at=at)
    query = _within_scopes(query, actor)
    spelled = "/".join([*(compartment or ()), _spelled(query)])
    after = _after(paging.unseal(actor, spelled, query.cursor)) if query.cursor else None
    found, more = _page(query, seen, after)
    hits = cleared(found, actor=actor, at=at)
    others = search_include.included(
        query, hits, visible=seen, limit=settings.SEARCH_INCLUDE_LIMIT, rounds=settings.SEARCH_ITERATE_LIMIT
    )  # fmt: skip
    allowed = cleared([hit for hit in others.hits if actor.scopes.allow(hit.type, "r")], actor=actor, at=at)
    # A total over what was withheld would tell that it is there.
    counted = (query.summary == "count" or query.total in ("estimate", "accurate")) and len(hits) == len(found)
    total = search.count(query, visible=seen) if counted else None
    note(actor, deeds(type, spelled, query, [*hits, *allowed]), at=at)
    next = _next(actor, at, spelled, found, after) if more else None
    return Page(query, spelled, hits, total, next, allowed, others.more, incomplete(query))


def search_presumed(
    *, presumed: Presumed, at: datetime, type: str, pairs: Sequence[tuple[str, str]], strict: bool = False,
    compartment: tuple[str, str] | None = None,
) -> Page | None:  # fmt: skip
    """The same, and the statement that finds the page proves the token and records the access.

    None when the token does not hold, when more is asked for than one statement gives, or the search is not understood:
    search_records does it then, or says what is wrong. Nothing is left behind.
    """
    actor = presumed.actor
    try:
        seen, query = visible(actor, at), parsed(type, pairs, strict, at, compartment)
        if not _is_plain(query, actor):
            return None
        query = _within_scopes(followed(query, seen), actor)
        spelled = "/".join([*(compartment or ()), _spelled(query)])
        after = _after(paging.unseal(actor, spelled, query.cursor)) if query.cursor else None
    except FhirError:
        return None
    total = search.count(query, visible=seen) if query.total in ("estimate", "accurate") else None
    found = search_noted.noted_page(
        query, visible=seen, holds=presumed.holds, after=after, included=settings.SEARCH_INCLUDE_LIMIT,
        noting=partial(_noting, actor, at, query, spelled),
    )  # fmt: skip
    if found is None:
        return None
    next = _next(actor, at, spelled, found.hits, after) if found.more else None
    hits = cleared(found.hits, actor=actor, at=at)
    others = cleared(found.included, actor=actor, at=at) if found.included else []
    return Page(query, spelled, hits, total if len(hits) == len(found.hits) else None, next, others)


def _noting(actor: Actor, at: datetime, query: Query, spelled: str, holds: Sql, whose: str | None) -> Sql:
    """deeds() as SQL."""
    patients = query.patients or ()
    deed = Deed("search", query.type, query.type, query=spelled[:QUERY_KEPT])
    several = len(patients) > 1 or _names_several(query)
    return noting_search(who(actor), deed, patients=patients, several=several, holds=holds, at=at, whose=whose)


def incomplete(query: Query) -> Sequence[Progress]:
    """What goes on of the walks over older records for the custom parameters of the search."""
    return walks.progress(query.custom, unfinished=True) if query.custom else ()


def _is_plain(query: Query, actor: Actor) -> bool:
    """Whether the scopes open all that it looks into, and one statement tells all that is to be said."""
    included = {type for each in query.includes for type in ((each.type,) if each.reverse else each.targets) or ("*",)}
    # Of a custom parameter the answer may have to say that older records are not yet found by it.
    more = query.custom or query.summary == "count" or any(each.iterate for each in query.includes)
    return (
        not more
        and all(actor.scopes.allow(type, "r") for type in included)
        and all(actor.scopes.allow(type, "s") for type in (query.type, *reach.types(query)))
    )


def _names_several(query: Query) -> bool:
    return any("," in value for _, value in query.applied)


def parsed(
    type: str, pairs: Sequence[tuple[str, str]], strict: bool, at: datetime, compartment: tuple[str, str] | None = None
) -> Query:
    short = sum(len(value) for _, value in pairs) <= PARSED_LENGTH
    parse = _parsed_once if short else _parsed_once.__wrapped__
    return parse(
        type, tuple(pairs), search_limits(), strict, f"{settings.PUBLIC_URL}/fhir", custom.current(at), compartment
    )


@lru_cache(maxsize=PARSED_REMEMBERED)
def _parsed_once(
    type: str, pairs: tuple[tuple[str, str], ...], limits: Limits, strict: bool, base: str, custom: Custom,
    compartment: tuple[str, str] | None,
) -> Query:  # fmt: skip
    """A ward's screen asks the same again every minute; reading it is a fifth of what the search costs."""
    return parse_query(
        type, pairs, limits=limits, strict=strict, base=base, custom=custom, compartment=compartment
    )  # fmt: skip


def _within_scopes(query: Query, actor: Actor) -> Query:
    return reach.within(query, lambda reached: actor.scopes.allow(reached, "s"))


def _spelled(query: Query) -> str:
    return _spelled_once(query.type, tuple(query.applied))


@lru_cache(maxsize=PARSED_REMEMBERED)
def _spelled_once(type: str, applied: tuple[tuple[str, str], ...]) -> str:
    return f"{type}?{urlencode(applied)}"


def _next(actor: Actor, at: datetime, spelled: str, hits: Sequence[Hit], after: After | None) -> str:
    since = after.since if after else at
    return paging.seal(actor, spelled, [since, *hits[-1].values], hits[-1].pk)


def followed(query: Query, seen: Predicate) -> Query:
    """patient:mdm= -> all Patients of that person; only through a Patient that the reader may see."""
    if not query.follow_person:
        return query
    asked = query.patients or ()
    known = {id for _, id in read.existing([("Patient", id) for id in asked], visible=seen)}
    return following(query, sorted({each for id in asked for each in (link.linked(id) if id in known else [id])}))


def _after(unsealed: tuple[Any, int]) -> After:
    (since, *values), pk = unsealed
    return After(tuple(values), pk, since)


def _page(query: Query, seen: Predicate, after: After | None) -> tuple[list[Hit], bool]:
    """The matches of this page, and whether there are more."""
    if query.summary == "count":
        return [], False
    hits = search.page(query, visible=seen, limit=query.count + 1, after=after)
    return hits[: query.count], len(hits) > query.count


def deeds(type: str, spelled: str, query: Query, hits: Sequence[Hit]) -> list[Deed]:
    """One row for every patient in the answer or asked for.

    A query about several people stands in a row about none of them, for the auditor: the person reads who looked for
    her, not for whom else.
    """
    touched: dict[str | None, list[int]] = {whose: [] for whose in query.patients or ()}
    for hit in hits:
        touched.setdefault(hit.patient, []).append(hit.version_pk)
    whole = Deed("search", type, type, query=spelled[:QUERY_KEPT], count=len(hits))
    if len(touched) > 1 or _names_several(query):
        each = [(whose, given) for whose, given in touched.items() if whose]
        return [whole, *(Deed("search", type, type, whose, count=len(g), versions=g) for whose, g in each)]
    return [replace(whole, patient=whose, versions=touched.get(whose)) for whose in touched or (None,)]
