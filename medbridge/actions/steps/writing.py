"""The one way in: every write of every action passes here, inside one transaction.

What a crash leaves: before the commit nothing, after it everything: versions, search rows, consent rules, person
links, salts and outbox entries are one transaction.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps import linking
from medbridge.actions.steps.access import note
from medbridge.actions.steps.consenting import author, bindings, consenting_patient, custodian
from medbridge.actions.steps.defining import apply_definition
from medbridge.actions.steps.heads import Key, check_head, closed_to, give_way, lock_heads
from medbridge.actions.steps.intent import Intent, Outcome, Plan
from medbridge.actions.steps.labelling import labelled
from medbridge.actions.steps.patching import apply_patches
from medbridge.actions.steps.provenance import provenances
from medbridge.audit.record import Deed
from medbridge.consent import store as consents
from medbridge.evidence.commit import commit
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.identity import link
from medbridge.inbox.models import Message
from medbridge.records import store
from medbridge.records.store import Change, Head, Stored


def write(
    intents: Sequence[Intent], *, actor: Actor, at: datetime, message: UUID | None = None, chooses_ids: bool = False,
    skip_unchanged: bool = False, since: datetime | None = None,
) -> list[Outcome]:  # fmt: skip
    """Resolve, check, store, link, commit to the log and record the access; one outcome per intent, in order.

    Raises FhirError (409, 412, 422 ...) and then nothing is stored: the caller holds the transaction. The caller has
    checked scopes and validated the resources. chooses_ids: deterministic ids of MedBridge's own converters.
    since: a record that another message changed after this moment is refused (409); with skip_unchanged it stays.
    """
    plan = linking.identify(intents, actor=actor, at=at, chooses_ids=chooses_ids)
    heads = lock_heads(plan)
    closed = closed_to(actor, heads, at)
    if since:
        give_way(plan, heads, message=message, since=since, quietly=skip_unchanged)
    apply_patches(plan, heads, closed, actor=actor)
    if not chooses_ids:  # the references of converters are final
        linking.resolve(plan, actor=actor, at=at)
    linking.check_references(plan, actor=actor, at=at)
    return _store(plan, heads, closed, actor=actor, at=at, message=message, skip_unchanged=skip_unchanged)


def attest(message: Message, outcomes: Sequence[Outcome], *, actor: Actor, at: datetime) -> None:
    """Write the Provenances of what a message became, in its transaction."""
    attest_all([(message, outcomes)], actor=actor, at=at)


def attest_all(
    made: Sequence[tuple[Message, Sequence[Outcome]]], *, actor: Actor, at: datetime,
    packs: Mapping[UUID, tuple[str, str]] | None = None,
) -> None:  # fmt: skip
    """attest() for several messages; packs: by message the version of the mapping pack and its rows that were used.

    They are MedBridge's own: what they refer to was written a moment ago, deletions too, and is not looked up again.
    """
    plan = Plan([
        replace(intent, message=message.id)
        for message, outcomes in made
        for intent in provenances(message, outcomes, actor=actor, at=at, pack=(packs or {}).get(message.id, ("", "")))
    ])  # fmt: skip
    heads = lock_heads(plan)
    _store(plan, heads, closed_to(actor, heads, at), actor=actor, at=at, message=None)


def _store(
    plan: Plan, heads: dict[Key, Head], closed: set[Key], *, actor: Actor, at: datetime, message: UUID | None,
    skip_unchanged: bool = False,
) -> list[Outcome]:  # fmt: skip
    changes = labelled(_changes(plan, heads, closed, actor, skip_unchanged))
    stored = dict(zip(changes, store.write(list(changes.values()), at=at, author=author(actor), message=message),
                      strict=True))  # fmt: skip
    _follow(stored, changes, actor=actor, at=at)
    note(actor, [*_deeds(stored, changes), *_looks(plan)], at=at)
    return [_outcome(position, plan, heads, stored) for position in range(len(plan.intents))]


def _changes(
    plan: Plan, heads: dict[Key, Head], closed: set[Key], actor: Actor, skip_unchanged: bool
) -> dict[int, Change]:
    """Position -> change, for every intent that really writes."""
    bodies = store.bodies([head.pk for head in heads.values()]) if skip_unchanged else {}
    changes: dict[int, Change] = {}
    for position, intent in enumerate(plan.intents):
        key = (intent.type, intent.id or "")
        head = heads.get(key)
        if not plan.writes(position) or _needless(intent, head, bodies, key in closed):
            continue
        check_head(plan, position, head, actor, closed=key in closed)
        hospital = head.hospital if head else custodian(actor)
        whose = intent.patient or consenting_patient(intent.resource)
        changes[position] = Change(intent.type, key[1], intent.method, intent.resource, hospital, head, whose,
                                   message=intent.message)  # fmt: skip
    return changes


def _needless(intent: Intent, head: Head | None, bodies: dict[int, bytes], closed: bool) -> bool:
    if intent.method == "DELETE":
        return head is None or head.deleted or closed
    if head is None or head.deleted or closed:
        return False
    return intent.only_if_absent or (head.pk in bodies and store.same(intent.resource or {}, bodies[head.pk]))


def _follow(stored: dict[int, Stored], changes: dict[int, Change], *, actor: Actor, at: datetime) -> None:
    """Everything that must be true in the same instant as the new versions."""
    for position, version in stored.items():
        change = changes[position]
        if change.head and change.head.patient and version.patient != change.head.patient and not version.deleted:
            text = f"{version.type}/{version.id} belongs to Patient/{change.head.patient}; it cannot be moved."
            raise FhirError(422, [Issue("business-rule", text, version.type)])
        if version.type == "Consent":
            _apply_consent(version, change.resource, actor)
        elif version.type == "SearchParameter":
            apply_definition(version.id, change.resource, actor=actor, at=at)
    _link(changes, actor, at)
    # Sorted: two transactions that open a hospital's chains at once open them in one order.
    for stream, versions in sorted(_streams(stored.values()).items()):
        commit([(v.subject, v.digest) for v in versions], hospital=actor.hospital, stream=stream, at=at)


def _link(changes: dict[int, Change], actor: Actor, at: datetime) -> None:
    patients = [change for change in changes.values() if change.type == "Patient"]
    for change in patients:
        if change.resource is None:
            link.remove(change.id)
    kept = [(change, {**change.resource, "id": change.id}) for change in patients if change.resource is not None]
    known = [patient for change, patient in kept if change.head and not change.head.deleted]
    moved = [patient for change, patient in kept if not change.head or change.head.deleted]
    moved += link.changed(known, hospital=actor.hospital) if known else []
    if moved:
        link.place_all(moved, hospital=actor.hospital, at=at)


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
    kinds = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
    groups = Counter((kinds[changes[p].method], version.patient) for p, version in stored.items())
    last = {(kinds[changes[p].method], version.patient): version for p, version in stored.items()}
    return [
        Deed(action, last[action, patient].type if count == 1 else "Bundle",
             last[action, patient].subject if count == 1 else "Bundle", patient, count=count)
        for (action, patient), count in groups.items()
    ]  # fmt: skip


def _looks(plan: Plan) -> list[Deed]:
    """A create that was not needed is answered with the record there is, which is a look at it."""
    seen = Counter((found.type, found.patient) for found in plan.existing.values())
    return [Deed("search", type, type, patient, count=count) for (type, patient), count in seen.items()]


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
