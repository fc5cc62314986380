"""The records as they stand, locked, before a write: may the writer change them, and are they what the writer means?"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import visible
from medbridge.actions.steps.consenting import author, custodian
from medbridge.actions.steps.intent import Intent, Plan
from medbridge.actions.steps.races import Overtaken
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import read, store
from medbridge.records.store import Head

Key = tuple[str, str]


def lock_heads(plan: Plan) -> dict[Key, Head]:
    """The heads of what the plan changes, locked. Raises Overtaken when one is not what a condition has found."""
    heads = store.heads(
        (intent.type, intent.id or "")
        for position, intent in enumerate(plan.intents)
        if plan.writes(position) and intent.method != "POST"
    )
    for found in plan.matched.values():
        head = heads.get((found.type, found.id))
        if head is None or head.deleted or head.version != found.version:
            raise Overtaken(f"{found.type}/{found.id} was changed between match and lock.")
    return heads


def closed_to(actor: Actor, heads: dict[Key, Head], at: datetime) -> set[Key]:
    """Records that are not this writer's to change: for the writer they do not exist."""
    foreign = {key for key, head in heads.items() if head.hospital != custodian(actor)}
    if actor.role not in (Role.CLINICIAN, Role.PATIENT):
        return foreign
    return foreign | heads.keys() - read.kept(heads, visible=visible(actor, at))


def give_way(plan: Plan, heads: dict[Key, Head], *, message: UUID | None, since: datetime, quietly: bool) -> None:
    """What was changed after this message arrived is newer than what the message says. Raises FhirError 409."""
    newer = {key for key, head in heads.items() if head.at > since and store.message_of(head.pk) != message}
    for position, intent in enumerate(plan.intents):
        if (intent.type, intent.id or "") not in newer:
            continue
        if not quietly:
            text = f"{intent.type}/{intent.id} was changed after this message arrived. Replay it if it still holds."
            raise FhirError(409, [Issue("conflict", text, intent.place)])
        plan.intents[position] = replace(intent, only_if_absent=True)


def check_head(plan: Plan, position: int, head: Head | None, actor: Actor, *, closed: bool) -> None:
    """Whether the writer may change the existing record, and whether it is the version the writer means."""
    intent = plan.intents[position]
    where = f"{intent.type}/{intent.id}"
    gone = head is None or head.deleted or closed
    if intent.if_match is not None and (gone or (head and head.version != intent.if_match)):
        now = f"version {head.version}" if head and not gone else "no version"
        raise FhirError(412, [Issue("conflict", f"If-Match names version {intent.if_match}, {where} has {now}.")])
    if closed:
        raise FhirError(404, [Issue("not-found", f"{where} is not known.")])
    if intent.create_only and not gone:
        raise FhirError(412, [Issue("conflict", f"If-None-Match: * creates only, and {where} is there.")])
    if position in plan.unmatched and not gone:
        text = f"“{intent.type}?{intent.criteria}” finds nothing, and the body's id {where} is that of another record."
        raise FhirError(409, [Issue("conflict", text, f"{intent.place}.id")])
    if intent.patch is not None and gone:
        status, code = (410, "deleted") if head else (404, "not-found")
        raise FhirError(status, [Issue(code, f"{where} is {'deleted' if head else 'not known'}.")])
    if head and intent.type == "Consent":
        _check_consent_author(intent, head, actor)


def _check_consent_author(intent: Intent, head: Head, actor: Actor) -> None:
    """What the person herself consented to, no hospital rewrites; and she does not rewrite what a hospital recorded."""
    first = store.author(head.pk)
    if Role.PATIENT in (first.partition(":")[0], actor.role) and first != author(actor):
        raise FhirError(403, [Issue("forbidden", f"Consent/{intent.id} was recorded by somebody else.")])
