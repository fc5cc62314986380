"""Search the records of one type."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.steps import paging
from medbridge.actions.steps.access import Predicate, check_scope, note, visible
from medbridge.audit.record import Deed
from medbridge.fhir.search import Limits, Query, parse_query
from medbridge.identity import link
from medbridge.records import read, search
from medbridge.records.search import Hit

# An access record keeps the beginning of a long query; the bytes beyond it name nothing more than its start does.
QUERY_KEPT = 1000


@dataclass(frozen=True)
class Page:
    """One page of a search: only what the actor may see, and a link to the next page if there is one."""

    query: Query
    hits: list[Hit]
    total: int | None
    next: str | None


def search_records(
    *, actor: Actor, at: datetime, type: str, pairs: Sequence[tuple[str, str]], strict: bool = False
) -> Page:
    """pairs: decoded query parameters. Raises FhirError 400 for a search that cannot be understood."""
    check_scope(actor, type, "s", at=at)
    limits = Limits(
        count_default=settings.SEARCH_COUNT_DEFAULT, count_max=settings.SEARCH_COUNT_LIMIT,
        or_values=settings.SEARCH_OR_LIMIT,
    )  # fmt: skip
    query = parse_query(type, pairs, limits=limits, strict=strict, base=f"{settings.PUBLIC_URL}/fhir")
    seen = visible(actor, at)
    persons = _persons(query, seen)
    spelled = f"{type}?{urlencode(query.applied)}"
    after = paging.unseal(actor, spelled, query.cursor) if query.cursor else None
    hits = [] if query.summary == "count" or query.count == 0 else search.page(
        query, visible=seen, limit=query.count + 1, after=after, persons=persons
    )  # fmt: skip
    wanted = query.summary == "count" or query.total is not None
    total = search.count(query, visible=seen, persons=persons) if wanted else None
    more, hits = len(hits) > query.count, hits[: query.count]
    note(actor, _deeds(type, spelled, query, hits), at=at)
    return Page(query, hits, total, paging.seal(actor, spelled, hits[-1].key, hits[-1].pk) if more else None)


def _persons(query: Query, seen: Predicate) -> list[str] | None:
    """patient:mdm= -> all Patients of that person; only through a Patient that the reader may see."""
    if not query.follow_person:
        return None
    asked = query.patients or []
    known = {id for _, id in read.existing([("Patient", id) for id in asked], visible=seen)}
    return sorted({linked for id in asked for linked in (link.linked(id) if id in known else [id])})


def _deeds(type: str, spelled: str, query: Query, hits: Sequence[Hit]) -> list[Deed]:
    """One row for every patient in the answer or asked for.

    A query about several people stands in a row about none of them, for the auditor: the person reads who looked for
    her, not for whom else.
    """
    touched = Counter(hit.patient for hit in hits)
    counts: dict[str | None, int] = {**dict.fromkeys(query.patients or (), 0), **touched}
    whole = Deed("search", type, type, query=spelled[:QUERY_KEPT], count=len(hits))
    if len(counts) > 1 or any("," in value for _, value in query.applied):
        return [whole, *(Deed("search", type, type, whose, count=n) for whose, n in counts.items() if whose)]
    return [replace(whole, patient=whose) for whose in counts or (None,)]
