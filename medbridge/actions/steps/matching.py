"""Conditional interactions: which record a search means (FHIR R4 http.html#ccreate, #cond-update, #cdelete).

A match sees what the writer may refer to (`own`) and nothing else. Of two requests with the same criteria at once the
second waits, then finds what the first made.
"""

import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl
from uuid import uuid4

from django.conf import settings
from django.db import connection

from medbridge.accounts.actor import Actor
from medbridge.actions.steps import reach
from medbridge.actions.steps.access import own
from medbridge.actions.steps.intent import Intent, Plan
from medbridge.actions.steps.limits import search_limits
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.query import Query
from medbridge.fhir.search import parse_query
from medbridge.records import custom, read, walks
from medbridge.records.matches import Match, matches
from medbridge.records.read import Found

Wanted = tuple[str, str]

_LOCK_SPACE = 0x4D42  # keeps these advisory locks apart from those of other purposes
# Advisory locks live in a table of 64 x max_connections entries, which a bundle of 10,000 criteria must not fill. Two
# criteria in one bucket only wait for each other needlessly.
LOCK_BUCKETS = 1024
# How an answer would look; they say nothing of which record is meant.
_FORM = {"_format", "_pretty"}
_RESULT = {"_count", "_sort", "_include", "_revinclude", "_summary", "_elements", "_total", "_contained", "_cursor"}


def settle_conditions(plan: Plan, *, actor: Actor, at: datetime) -> None:
    """Find the record that each intent with criteria means. Raises FhirError 412 where there are several."""
    conditional = {p: (i.type, i.criteria) for p, i in enumerate(plan.intents) if i.criteria is not None}
    if not conditional:
        return
    _lock(conditional.values(), actor)
    wanted = {each: plan.intents[position].place for position, each in conditional.items()}
    found = match_all(wanted, actor=actor, at=at)
    needless = {found[each] for p, each in conditional.items() if plan.intents[p].method == "POST"} - {None}
    there = read.many([(match.type, match.id) for match in needless if match], visible=own(actor, at))
    bodies = {(each.type, each.id): each for each in there}
    for position, each in conditional.items():
        _settle(plan, position, found[each], bodies)


def match_all(wanted: dict[Wanted, str], *, actor: Actor, at: datetime) -> dict[Wanted, Match | None]:
    """(type, criteria) -> the one record they find. wanted: where in the request each stands, for its error.

    Raises FhirError 412 for several, 403 for a token that may not search the type: the answer would tell what it finds.
    """
    queries = [_query(*each, actor=actor, at=at, place=place) for each, place in wanted.items()]
    found = matches(queries, visible=own(actor, at)) if queries else []
    for ((type, criteria), place), hits in zip(wanted.items(), found, strict=True):
        if len(hits) > 1:
            text = f"“{type}?{criteria}” finds more than one record."
            raise FhirError(412, [Issue("multiple-matches", text, place)])
    return {each: hits[0] if hits else None for each, hits in zip(wanted, found, strict=True)}


def _query(type: str, criteria: str, *, actor: Actor, at: datetime, place: str) -> Query:
    if not actor.scopes.allow(type, "s"):
        raise FhirError(403, [Issue("forbidden", f"The token does not allow to search {type} for a match.", place)])
    query = parse_query(
        type, pairs_of(criteria, place), limits=search_limits(), strict=True, base=f"{settings.PUBLIC_URL}/fhir",
        custom=custom.current(at),
    )  # fmt: skip
    _check_complete(query, place)
    if query.follow_person:
        raise FhirError(400, [Issue("not-supported", "A condition does not follow a person: leave out :mdm.", place)])
    return reach.within(query, lambda reached: actor.scopes.allow(reached, "s"))


def _check_complete(query: Query, place: str) -> None:
    """Raises FhirError 503 while older records are not yet found by a custom parameter: one would be created twice."""
    for each in walks.progress(query.custom, unfinished=True) if query.custom else ():
        text = f"The index of {each.name} is at {each.percent} %; a condition on it can be judged when it is complete."
        raise FhirError(503, [Issue("transient", text, place)])


def pairs_of(criteria: str, place: str) -> list[tuple[str, str]]:
    """Decoded search parameters. Raises FhirError 400 for criteria that would find everything."""
    pairs = [pair for pair in parse_qsl(criteria, keep_blank_values=True) if pair[0] not in _FORM]
    empty = next((name for name, value in pairs if not value.strip() or name in _RESULT), None)
    if empty is not None or not pairs:
        text = f"“{empty[:40]}” says not which record is meant" if empty else "The condition is empty"
        raise FhirError(400, [Issue("value", f"{text}; search by identifier, for example.", place)])
    return pairs


def _lock(wanted: Iterable[Wanted], actor: Actor) -> None:
    """In ascending order, so that two bundles cannot wait for each other in a circle."""
    keys = {f"{actor.hospital}|{type}|{sorted(parse_qsl(criteria))}" for type, criteria in wanted}
    buckets = sorted({zlib.crc32(key.encode()) % LOCK_BUCKETS for key in keys})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, n) FROM unnest(%s::int[]) AS n", [_LOCK_SPACE, buckets])


def _settle(plan: Plan, position: int, found: Match | None, bodies: dict[Wanted, Found]) -> None:
    intent = plan.intents[position]
    if intent.method == "POST":
        if found and (there := bodies.get((found.type, found.id))):
            plan.existing[position] = there
            plan.names |= dict.fromkeys(intent.names, f"{intent.type}/{found.id}")
        return
    if found:
        plan.matched[position] = found
        plan.intents[position] = _aimed(intent, found)
        return
    plan.unmatched.add(position)
    if intent.method == "PATCH":
        text = f"“{intent.type}?{intent.criteria}” finds nothing to patch."
        raise FhirError(404, [Issue("not-found", text, intent.place)])
    if intent.method == "PUT":
        chosen = (intent.resource or {}).get("id")
        plan.intents[position] = replace(intent, id=chosen or intent.fresh or str(uuid4()))


def _aimed(intent: Intent, found: Match) -> Intent:
    sent = (intent.resource or {}).get("id", found.id)
    if sent != found.id:
        text = f"“{intent.type}?{intent.criteria}” finds {intent.type}/{found.id}, the body's id is “{str(sent)[:64]}”."
        raise FhirError(400, [Issue("invalid", text, f"{intent.place}.id")])
    return replace(intent, id=found.id)
