"""The one way in: every write of every action passes here, inside one transaction.

What a crash leaves: before the commit nothing, after it everything: versions, search rows, consent rules, person
links, salts and outbox entries are one transaction.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps import linking
from medbridge.actions.steps.access import note, visible
from medbridge.actions.steps.consenting import author, bindings, consenting_patient, custodian
from medbridge.actions.steps.intent import Intent, Outcome, Plan
from medbridge.audit.record import Deed
from medbridge.consent import store as consents
from medbridge.evidence.commit import commit
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.identity import link
from medbridge.records import read, store
from medbridge.records.store import Change, Head, Stored

Key = tuple[str, str]


def write(
    intents: Sequence[Intent], *, actor: Actor, at: datetime, message: UUID | None = None, chooses_ids: bool = False,
    skip_unchanged: bool = False, since: datetime | None = None,
) -> list[Outcome]:  # fmt: skip
    """Resolve, check, store, link, commit to the log and record the access; one outcome per intent, in order.

    Raises FhirError (409, 412, 422 ...) and then nothing is stored: the caller holds the transaction. The caller has
    checked scopes and validated the resources. chooses_ids: deterministic ids of MedBridge's own converters.
    since: a record that another message changed after this moment is refused (409); with skip_unchanged it stays.
    """
    plan = linking.resolve(intents, actor=actor, at=at, chooses_ids=chooses_ids)
    linking.check_references(plan, actor=actor, at=at)
    heads = store.heads(_keys(plan))
    newer = {key for key, head in heads.items() if since and head.at > since and store.message_of(head.pk) != message}
    plan.intents[:] = [_give_way(intent, newer, skip_unchanged) for intent in plan.intents]
    changes = _changes(plan, heads, _closed(heads, actor, at), actor, skip_unchanged)
    stored = dict(zip(changes, store.write(list(changes.values()), at=at, author=author(actor), message=message),
                      strict=True))  # fmt: skip
    _follow(stored, changes, actor=actor, at=at)
    note(actor, _deeds(stored, changes), at=at)
    return [_outcome(position, plan, heads, stored) for position in range(len(plan.intents))]


def _keys(plan: Plan) -> list[tuple[str, str]]:
    return [
        (intent.type, intent.id)
        for position, intent in enumerate(plan.intents)
        if position not in plan.existing and intent.id and intent.method != "POST"
    ]


def _give_way(intent: Intent, newer: set[Key], quietly: bool) -> Intent:
    """What was changed after this message arrived is newer than what the message says."""
    if (intent.type, intent.id or "") not in newer:
        return intent
    if quietly:
        return replace(intent, only_if_absent=True)
    text = f"{intent.type}/{intent.id} was changed after this message arrived. Replay it if it still holds."
    raise FhirError(409, [Issue("conflict", text, intent.place)])


def _closed(heads: dict[Key, Head], actor: Actor, at: datetime) -> set[Key]:
    """Records that are not this writer's to change: for the writer they do not exist."""
    foreign = {key for key, head in heads.items() if head.hospital != custodian(actor)}
    if actor.role not in (Role.CLINICIAN, Role.PATIENT):
        return foreign
    return foreign | heads.keys() - read.kept(heads, visible=visible(actor, at))


def _changes(
    plan: Plan, heads: dict[Key, Head], closed: set[Key], actor: Actor, skip_unchanged: bool
) -> dict[int, Change]:
    """Position -> change, for every intent that really writes."""
    bodies = store.bodies([head.pk for head in heads.values()]) if skip_unchanged else {}
    changes: dict[int, Change] = {}
    for position, intent in enumerate(plan.intents):
        key = (intent.type, intent.id or "")
        head = heads.get(key)
        if position in plan.existing or _needless(intent, head, bodies, key in closed):
            continue
        _check_head(intent, head, actor, key in closed)
        hospital = head.hospital if head else custodian(actor)
        whose = intent.patient or consenting_patient(intent.resource)
        changes[position] = Change(intent.type, key[1], intent.method, intent.resource, hospital, head, whose)
    return changes


def _needless(intent: Intent, head: Head | None, bodies: dict[int, bytes], closed: bool) -> bool:
    if intent.method == "DELETE":
        return head is None or head.deleted or closed
    if head is None or head.deleted or closed:
        return False
    return intent.only_if_absent or (head.pk in bodies and store.same(intent.resource or {}, bodies[head.pk]))


def _check_head(intent: Intent, head: Head | None, actor: Actor, closed: bool) -> None:
    """Whether the writer may change the existing record, and whether it is the version the writer means."""
    where = f"{intent.type}/{intent.id}"
    gone = head is None or head.deleted or closed
    if intent.if_match is not None and (gone or (head and head.version != intent.if_match)):
        now = f"version {head.version}" if head and not gone else "no version"
        raise FhirError(412, [Issue("conflict", f"If-Match names version {intent.if_match}, {where} has {now}.")])
    if closed:
        raise FhirError(404, [Issue("not-found", f"{where} is not known.")])
    if head and intent.type == "Consent":
        _check_consent_author(intent, head, actor)


def _check_consent_author(intent: Intent, head: Head, actor: Actor) -> None:
    """What the person herself consented to, no hospital rewrites; and she does not rewrite what a hospital recorded."""
    first = store.author(head.pk)
    if Role.PATIENT in (first.partition(":")[0], actor.role) and first != author(actor):
        raise FhirError(403, [Issue("forbidden", f"Consent/{intent.id} was recorded by somebody else.")])


def _follow(stored: dict[int, Stored], changes: dict[int, Change], *, actor: Actor, at: datetime) -> None:
    """Everything that must be true in the same instant as the new versions."""
    for position, version in stored.items():
        change = changes[position]
        if change.head and change.head.patient and version.patient != change.head.patient and not version.deleted:
            text = f"{version.type}/{version.id} belongs to Patient/{change.head.patient}; it cannot be moved."
            raise FhirError(422, [Issue("business-rule", text, version.type)])
        if version.type == "Consent":
            _apply_consent(version, change.resource, actor)
    _link(changes, actor, at)
    # Sorted: two transactions that open a hospital's chains at once open them in one order.
    for stream, versions in sorted(_streams(stored.values()).items()):
        commit([(v.subject, v.digest) for v in versions], hospital=actor.hospital, stream=stream, at=at)


def _link(changes: dict[int, Change], actor: Actor, at: datetime) -> None:
    patients = [change for change in changes.values() if change.type == "Patient"]
    for change in patients:
        if change.resource is None:
            link.remove(change.id)
    if kept := [{**change.resource, "id": change.id} for change in patients if change.resource is not None]:
        link.place_all(kept, hospital=actor.hospital, at=at)


def _apply_consent(version: Stored, resource: dict[str, Any] | None, actor: Actor) -> None:
    """Rule rows of a Consent: a hospital's binds its own data of that Patient, the person's all of hers (DESIGN 5)."""
    if resource is None:
        consents.remove(version.id)
        return
    if actor.role == Role.PATIENT:
        bound = bindings(actor)
    else:
        bound = [(version.patient, actor.hospital)] if version.patient else []
    consents.store({**resource, "id": version.id}, bindings=bound, version=version.version)


def _streams(versions: Any) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = {}
    for version in versions:
        found.setdefault("consents" if version.type == "Consent" else "documents", []).append(version)
    return found


def _deeds(stored: dict[int, Stored], changes: dict[int, Change]) -> list[Deed]:
    """One row per patient and interaction; it names the version when there is just one."""
    kinds = {"POST": "create", "PUT": "update", "DELETE": "delete"}
    groups = Counter((kinds[changes[p].method], version.patient) for p, version in stored.items())
    last = {(kinds[changes[p].method], version.patient): version for p, version in stored.items()}
    return [
        Deed(action, last[action, patient].type if count == 1 else "Bundle",
             last[action, patient].subject if count == 1 else "Bundle", patient, count=count)
        for (action, patient), count in groups.items()
    ]  # fmt: skip


def _outcome(position: int, plan: Plan, heads: dict[tuple[str, str], Head], stored: dict[int, Stored]) -> Outcome:
    if position in plan.existing:
        return Outcome(200, existing=plan.existing[position])
    intent = plan.intents[position]
    head = heads.get((intent.type, intent.id or ""))
    if position not in stored:
        return Outcome(204 if intent.method == "DELETE" else 200)
    if intent.method == "DELETE":
        return Outcome(204, stored[position])
    return Outcome(200 if head and not head.deleted else 201, stored[position])
