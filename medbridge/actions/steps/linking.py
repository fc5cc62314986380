"""Resolves what the resources of one write call each other, and refuses references that lead outside (DESIGN 4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import own
from medbridge.actions.steps.ids import check_ids
from medbridge.actions.steps.intent import Intent, Plan
from medbridge.actions.steps.matching import match_all, settle_conditions
from medbridge.consent.rules import DIRECTORY
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.references import Reference, patients, references, rewrite
from medbridge.records import read


def identify(intents: Sequence[Intent], *, actor: Actor, at: datetime, chooses_ids: bool) -> Plan:
    """Settle the conditions and give every resource its id.

    chooses_ids: the sender is MedBridge itself, whose deterministic ids need no check.
    """
    plan = Plan(list(intents))
    settle_conditions(plan, actor=actor, at=at)
    chosen: dict[str, str] = {}
    for position, intent in enumerate(plan.intents):
        if position in plan.existing or intent.method == "DELETE":
            continue
        if intent.id is None:
            plan.intents[position] = intent = replace(intent, id=str(uuid4()))
        elif intent.method == "PUT" and position not in plan.matched and not _sees_as_person(intent, actor, at):
            chosen.setdefault(intent.id, f"{intent.place}.id")
        plan.names |= dict.fromkeys(intent.names, f"{intent.type}/{intent.id}")
    if not chooses_ids:
        check_ids(chosen, hospital=_namespace(actor))
    _check_once(plan)
    return plan


def resolve(plan: Plan, *, actor: Actor, at: datetime) -> None:
    """Rewrite what the resources call each other to final references."""
    _match_conditional_references(plan, actor, at)
    _name_own_urls(plan)
    for position, intent in enumerate(plan.intents):
        if intent.resource is not None:
            plan.intents[position] = replace(intent, resource=rewrite(intent.resource, plan.names))


def _check_once(plan: Plan) -> None:
    """Two entries that name one record by different words would depend on their order (R4 http.html#trules)."""
    seen: dict[tuple[str, str | None], Intent] = {}
    for position, intent in enumerate(plan.intents):
        if not plan.writes(position) or intent.method == "POST":
            continue
        other = seen.setdefault((intent.type, intent.id), intent)
        if other is not intent:
            text = f"{intent.type}/{intent.id} is meant by {other.place} too; a transaction may name it once."
            raise FhirError(400, [Issue("invalid", text, intent.place)])


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


def _match_conditional_references(plan: Plan, actor: Actor, at: datetime) -> None:
    named: dict[tuple[str, str], tuple[Intent, Reference]] = {}
    for position, intent in enumerate(plan.intents):
        if intent.resource is None or position in plan.existing:
            continue
        for reference in references(intent.resource):
            if reference.kind == "conditional" and reference.text not in plan.names:
                named.setdefault((reference.type or "", reference.query or ""), (intent, reference))
    found = match_all({each: _within(*where) for each, where in named.items()}, actor=actor, at=at)
    if missing := [_unresolved(*where) for each, where in named.items() if found[each] is None]:
        raise FhirError(422, missing)
    plan.names |= {named[each][1].text: f"{hit.type}/{hit.id}" for each, hit in found.items() if hit}


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
