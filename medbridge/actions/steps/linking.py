"""Resolves what the resources of one write call each other, and refuses references that lead outside (DESIGN 4)."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl
from uuid import uuid4

from django.conf import settings
from django.db import connection

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import own
from medbridge.actions.steps.ids import check_id
from medbridge.actions.steps.intent import Intent, Plan
from medbridge.consent.rules import DIRECTORY
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.references import Reference, patients, references, rewrite
from medbridge.fhir.search import parse_query
from medbridge.records import read, search
from medbridge.records.read import Found


def resolve(intents: Sequence[Intent], *, actor: Actor, at: datetime, chooses_ids: bool) -> Plan:
    """Settle conditional creates, give every resource its id, and rewrite references to final ones.

    chooses_ids: the sender is MedBridge itself, whose deterministic ids need no check.
    """
    plan = Plan(list(intents))
    _match_conditional_creates(plan, actor, at)
    for position, intent in enumerate(plan.intents):
        if position in plan.existing:
            continue
        if intent.id is None:
            plan.intents[position] = intent = replace(intent, id=str(uuid4()))
        elif intent.method == "PUT" and not chooses_ids and not _sees_as_person(intent, actor, at):
            check_id(intent.id, hospital=_namespace(actor), place=f"{intent.place}.id")
        plan.names |= dict.fromkeys(intent.names, f"{intent.type}/{intent.id}")
    _match_conditional_references(plan, actor, at)
    _name_own_urls(plan)
    for position, intent in enumerate(plan.intents):
        if intent.resource is not None:
            plan.intents[position] = replace(intent, resource=rewrite(intent.resource, plan.names))
    return plan


def check_references(plan: Plan, *, actor: Actor, at: datetime) -> None:
    """Raises FhirError 422 naming each reference to what is not this hospital's, the directory's or in this write.

    What goes into the directory is open to every reader, so it may speak of no Patient at all.
    """
    for intent in plan.intents:
        if intent.type in DIRECTORY and intent.resource is not None and patients(intent.resource):
            text = f"A {intent.type} is open to every reader; it may neither refer to a Patient nor contain one."
            raise FhirError(422, [Issue("business-rule", text, intent.place)])
    here = {(intent.type, intent.id) for intent in plan.intents if intent.resource is not None}
    outward = [
        (intent, reference)
        for position, intent in enumerate(plan.intents)
        if intent.resource is not None and position not in plan.existing
        for reference in references(intent.resource)
        if reference.kind not in ("fragment", "other") and (reference.type, reference.id) not in here
    ]
    wanted = {(r.type, r.id) for _, r in outward if r.kind == "literal" and r.type and r.id}
    known = read.existing(wanted, visible=own(actor, at))
    problems = [
        _unresolved(intent, reference)
        for intent, reference in outward
        if reference.kind == "urn" or (reference.kind == "literal" and (reference.type, reference.id) not in known)
    ]
    if problems:
        raise FhirError(422, problems)


def match(type: str, criteria: str, *, actor: Actor, at: datetime, place: str) -> Found | None:
    """The one record of the writer's own, or the directory, that the criteria find.

    Raises FhirError 412 for several, 403 for a token that may not search the type: the answer would tell what it finds.
    """
    if not actor.scopes.allow(type, "s"):
        raise FhirError(403, [Issue("forbidden", f"The token does not allow to search {type} for a match.", place)])
    query = parse_query(type, parse_qsl(criteria), strict=True, base=f"{settings.PUBLIC_URL}/fhir")
    hits = search.page(query, visible=own(actor, at), limit=2)
    if len(hits) > 1:
        raise FhirError(412, [Issue("multiple-matches", f"“{type}?{criteria}” finds more than one record.", place)])
    return read.read(type, hits[0].id, visible=own(actor, at)) if hits else None


_LOCK_SPACE = 0x4D42  # keeps these advisory locks apart from those of other purposes


def _lock_criteria(plan: Plan, actor: Actor) -> None:
    """Of two conditional creates at once the second waits here, then finds the first's record.

    Locks are taken in ascending order, so that two bundles cannot wait for each other in a circle.
    """
    wanted = {f"{actor.hospital}|{i.type}|{i.if_none_exist}" for i in plan.intents if i.if_none_exist}
    with connection.cursor() as cursor:
        for key in sorted(zlib.crc32(text.encode()) - 2**31 for text in wanted):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, key])


def _match_conditional_creates(plan: Plan, actor: Actor, at: datetime) -> None:
    _lock_criteria(plan, actor)
    for position, intent in enumerate(plan.intents):
        if intent.if_none_exist:
            found = match(intent.type, intent.if_none_exist, actor=actor, at=at, place=intent.place)
            if found:
                plan.existing[position] = found
                plan.names |= dict.fromkeys(intent.names, f"{intent.type}/{found.id}")


def _match_conditional_references(plan: Plan, actor: Actor, at: datetime) -> None:
    for position, intent in enumerate(plan.intents):
        if intent.resource is None or position in plan.existing:
            continue
        for reference in references(intent.resource):
            if reference.kind == "conditional" and reference.text not in plan.names:
                place = _within(intent, reference)
                found = match(reference.type or "", reference.query or "", actor=actor, at=at, place=place)
                if found is None:
                    raise FhirError(422, [_unresolved(intent, reference)])
                plan.names[reference.text] = f"{found.type}/{found.id}"


def _name_own_urls(plan: Plan) -> None:
    """This server's own URL in front of a reference is taken off: it means the record here, and is judged like it."""
    base = f"{settings.PUBLIC_URL}/fhir/"
    for intent in plan.intents:
        for reference in references(intent.resource or {}):
            if reference.kind == "absolute" and reference.type and reference.text.startswith(base):
                plan.names.setdefault(reference.text, reference.text.removeprefix(base))


def _sees_as_person(intent: Intent, actor: Actor, at: datetime) -> bool:
    """A person who writes over a record that she sees is told whose it is, not how ids are formed."""
    key = (intent.type, intent.id or "")
    return actor.role == Role.PATIENT and bool(read.kept([key], visible=own(actor, at)))


def _namespace(actor: Actor) -> str:
    """Whose ids the writer may choose: a person's account belongs to a hospital, but does not speak for it."""
    return "" if actor.role == Role.PATIENT else actor.hospital


def _unresolved(intent: Intent, reference: Reference) -> Issue:
    text = f"“{reference.text[:200]}” does not exist here. Send it first, or in the same Bundle."
    return Issue("not-found", text, _within(intent, reference))


def _within(intent: Intent, reference: Reference) -> str:
    """The reference's place inside the whole body: Bundle.entry[3].resource.subject."""
    _, _, path = reference.expression.partition(".")
    return f"{intent.place}.{path}" if path else intent.place
