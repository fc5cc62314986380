"""Observation/$lastn: the newest observations of each code, of one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.search_records import Page, deeds, followed, incomplete, parsed
from medbridge.actions.steps import paging, reach
from medbridge.actions.steps.access import check_scope, note, visible
from medbridge.actions.steps.judging import cleared
from medbridge.fhir.grouping import newest
from medbridge.fhir.outcome import FhirError, Issue, bad_request
from medbridge.fhir.query import Query
from medbridge.records import last, search_include

# "A search parameter that contains a code element in its FHIRPath expression."
_OF_CODES = ("category", "code", "combo-code", "component-code")
# "Sorted from most recent to the oldest": the order is the operation's.
_ORDER = ("_sort", "-date")


def last_observations(
    *, actor: Actor, at: datetime, pairs: Sequence[tuple[str, str]], most: int, strict: bool = False
) -> Page:
    """The newest `most` of each code among the matches; more where the last ones are equally old.

    Raises FhirError 400 without patient or subject, or without category or code; 403 as a search does.
    """
    check_scope(actor, "Observation", "s", at=at)
    _check(pairs)
    seen = visible(actor, at)
    query = followed(parsed("Observation", pairs, strict, at), seen)
    if not query.patients:
        raise bad_request("$lastn asks for one person: patient=<id> or subject=Patient/<id>.", code="required")
    for reached in sorted(reach.types(query)):
        check_scope(actor, reached, "s", at=at)
    query = reach.within(query, lambda reached: actor.scopes.allow(reached, "s"))
    spelled = f"Observation/$lastn?{urlencode(query.applied)}&max={most}"
    numbers, more = _part(actor, spelled, query, _chosen(last.codes(query, visible=seen), most))
    hits = cleared(last.rows(numbers, visible=seen), actor=actor, at=at)
    others = search_include.included(
        query, hits, visible=seen, limit=settings.SEARCH_INCLUDE_LIMIT, rounds=settings.SEARCH_ITERATE_LIMIT
    )  # fmt: skip
    allowed = cleared([hit for hit in others.hits if actor.scopes.allow(hit.type, "r")], actor=actor, at=at)
    note(actor, deeds("Observation", spelled, query, [*hits, *allowed]), at=at)
    total = more.total if query.summary == "count" or query.total in ("estimate", "accurate") else None
    return Page(query, spelled, hits, total, more.link, allowed, others.more, incomplete(query))


@dataclass(frozen=True)
class _More:
    total: int
    link: str | None


def _part(actor: Actor, spelled: str, query: Query, chosen: Sequence[int]) -> tuple[Sequence[int], _More]:
    """What of the chosen comes on this page, after the last row of the page before.

    Where that one is chosen no longer, what had its place begins the page.
    """
    if query.summary == "count":
        return (), _More(len(chosen), None)
    limit = query.count if any(name == "_count" for name, _ in query.applied) else settings.SEARCH_COUNT_LIMIT
    place, number = paging.unseal(actor, spelled, query.cursor) if query.cursor else (0, 0)
    begin = chosen.index(number) + 1 if number in chosen else place
    end = begin + limit
    link = paging.seal(actor, spelled, end, chosen[end - 1]) if end < len(chosen) else None
    return chosen[begin:end], _More(len(chosen), link)


def _check(pairs: Sequence[tuple[str, str]]) -> None:
    names = [name.partition(":")[0] for name, _ in pairs]
    if not any(name == each or name.startswith(f"{each}-value") for name in names for each in _OF_CODES):
        raise bad_request("$lastn needs a category or a code to look among.", code="required")
    if any(name == _ORDER[0] and value != _ORDER[1] for name, value in pairs):
        raise bad_request("$lastn returns the newest first, which is _sort=-date: no other order.", code="value")


def _chosen(dated: list[last.Dated], most: int) -> list[int]:
    if len(dated) > last.MOST_ROWS:
        text = f"More than {last.MOST_ROWS} observations match. Ask for fewer codes, or a shorter time."
        raise FhirError(400, [Issue("too-costly", text)])
    return newest(dated, most)
