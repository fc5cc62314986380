"""Push a transaction (all or nothing) or a batch (each entry for itself)."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction

from medbridge.accounts.actor import Actor
from medbridge.actions.steps import answers
from medbridge.actions.steps.access import WRITERS, check_writer, note, signature
from medbridge.actions.steps.answers import Told
from medbridge.actions.steps.checking import check_type, faults, parsed
from medbridge.actions.steps.consenting import check_giver, custodian
from medbridge.actions.steps.entries import READS, WRITES, answer_read, carry_out_alone, intent_of
from medbridge.actions.steps.intent import Intent, Outcome, Part
from medbridge.actions.steps.races import settled
from medbridge.actions.steps.writing import attest, write
from medbridge.audit.record import Deed
from medbridge.database.fetch import fetch
from medbridge.fhir import bundle
from medbridge.fhir.bundle import Entry, Step
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message
from medbridge.records import read
from medbridge.records.statement import EVERYONE

_LETTERS = {"POST": "c", "PUT": "u", "PATCH": "u", "DELETE": "d", "GET": "r", "HEAD": "r"}


def push_bundle(*, actor: Actor, at: datetime, body: bytes, told: Told = "minimal") -> bytes:
    """Returns the response Bundle. told: what each written entry tells, as the sender prefers.

    A transaction with creates that arrives again, byte for byte, within settings.PUSH_REPEAT_SECONDS is the same
    message: it is answered as before and stores nothing, so that a sender may repeat what it got no answer to.
    Raises FhirError; then nothing of a transaction is stored, and the bytes are a dead letter.
    """
    steps, kind = _understand(actor, at, body)
    if all(step.method in READS for step in steps):
        return _only_reads(steps, kind, actor, at)
    for type in {step.target.type or "Bundle" for step in steps if step.method not in READS}:
        check_writer(actor, type, at=at)
    message = _keep(actor, at, body, creates=_creates(steps, kind))
    return _carry_out(message, steps, kind, actor=actor, at=at, told=told)


def resume(message: Message, *, actor: Actor, at: datetime, since: datetime | None) -> bytes:
    """Carry out a bundle that was kept before a crash; the same function as the first time. since: see write()."""
    resource = parsed(inbox.body_of(message))
    return _carry_out(message, bundle.plan(resource), resource["type"], actor=actor, at=at, since=since)


def _carry_out(
    message: Message, steps: list[Step], kind: str, *, actor: Actor, at: datetime, told: Told = "minimal",
    since: datetime | None = None,
) -> bytes:  # fmt: skip
    try:
        if kind == "batch":
            return _batch(message, steps, actor=actor, at=at, told=told, since=since)
        return settled(lambda: _transaction(message, steps, actor=actor, at=at, told=told, since=since))
    except IntegrityError as error:
        text = "Another write of the same record came first. Send the bundle again."
        raise _dead(message, actor, at, FhirError(409, [Issue("conflict", text)])) from error
    except FhirError as error:
        if isinstance(error, _Unread):
            _record_reads(steps, actor, at)
        raise _dead(message, actor, at, error) from None


def _batch(
    message: Message, steps: list[Step], *, actor: Actor, at: datetime, told: Told, since: datetime | None
) -> bytes:
    """Each entry is a transaction of its own, which also says in the message that it is done."""
    if message.state == Message.State.DEAD:
        inbox.revive(message)
    entries = [
        carry_out_alone(step, actor=actor, at=at, part=Part(message.id, step.index, since), told=told) for step in steps
    ]
    answer = bundle.transaction_response(_as_sent(steps, entries), batch=True, base="")
    # What was only read is not kept: it would outlive the consent that it was read under.
    kept = b"" if any(step.method in READS for step in steps) else answer
    inbox.done(message, at=at, answer=kept, records=len(entries))
    return answer


def _understand(actor: Actor, at: datetime, body: bytes) -> tuple[list[Step], str]:
    """The bundle's entries and type; a bundle of a writer that cannot be read is a dead letter."""
    try:
        resource = parsed(body)
        check_type(resource, "Bundle")
        steps = bundle.plan(resource)
        _check_size(steps)
    except FhirError as error:
        if actor.role not in WRITERS:
            raise
        message, _ = inbox.receive(**_raw(actor, at, body), key=str(uuid4()))
        raise _dead(message, actor, at, error) from None
    return steps, resource["type"]


def _creates(steps: Sequence[Step], kind: str) -> bool:
    return kind == "transaction" and any(s.method == "POST" and not s.if_none_exist for s in steps)


def _keep(actor: Actor, at: datetime, body: bytes, *, creates: bool) -> Message:
    """The message of these bytes: the one before, when this is the same once more, or a new one."""
    last = inbox.latest(hospital=custodian(actor) or "", kind="bundle", body=body)
    if last is None or not _repeats(last, at, creates):
        # Two senders at once derive one key from the message before, and so are one message.
        key = f"{bytes(last.digest).hex()} after {last.id}" if last else None
        last, _ = inbox.receive(**_raw(actor, at, body), key=key)
    return last


def _only_reads(steps: Sequence[Step], kind: str, actor: Actor, at: datetime) -> bytes:
    """A bundle that writes nothing is no message: it is not kept."""
    if kind == "batch":
        entries = [carry_out_alone(step, actor=actor, at=at, part=None, told="minimal") for step in steps]
    else:
        entries = [answer_read(step, actor=actor, at=at) for step in steps]
    return bundle.transaction_response(_as_sent(steps, entries), batch=kind == "batch", base="")


def _raw(actor: Actor, at: datetime, body: bytes) -> dict[str, Any]:
    return {
        "hospital": custodian(actor) or "", "kind": "bundle", "body": body, "sender": signature(actor), "at": at,
        "request": "POST ", "durable": False,
    }  # fmt: skip


def _check_size(steps: Sequence[Step]) -> None:
    limit = settings.BUNDLE_ENTRY_LIMIT
    if len(steps) > limit:
        text = f"The Bundle has {len(steps)} entries; the limit is {limit}. Send it in parts."
        raise FhirError(413, [Issue("too-costly", text, "Bundle.entry")])


def _repeats(message: Message, at: datetime, creates: bool) -> bool:
    """Whether the same bytes again mean the same message: not done yet; or creating, recent, and nothing deleted since.

    Updates that were done are a new message: they may set back what was changed meanwhile.
    """
    if message.state != Message.State.DONE:
        return True
    if not creates or message.received_at < at - timedelta(seconds=settings.PUSH_REPEAT_SECONDS):
        return False
    answer = orjson.loads(inbox.answer_of(message) or b"{}")
    locations = [entry.get("response", {}).get("location", "") for entry in answer.get("entry", [])]
    keys = {(match[1], match[2]) for text in locations if (match := re.match(r"(\w+)/([^/]+)/", text))}
    return keys == read.existing(keys, visible=EVERYONE)


def _transaction(
    message: Message, steps: list[Step], *, actor: Actor, at: datetime, told: Told, since: datetime | None
) -> bytes:
    with transaction.atomic():
        fetch("SELECT set_config('statement_timeout', %s::text, true)", [str(settings.BUNDLE_TIMEOUT_MS)])
        # The row lock makes a second sender of the same bytes wait for the first one's answer.
        message = Message.objects.select_for_update().get(pk=message.pk)
        writes = [step for step in steps if step.method not in READS]
        intents = _intents(writes, actor, at)
        if message.state == Message.State.DONE:
            return _repeated(message, steps, actor, at)
        if message.state == Message.State.DEAD:
            inbox.revive(message)
        outcomes = write(intents, actor=actor, at=at, message=message.id, since=since)
        attest(message, outcomes, actor=actor, at=at)
        entries = {id(step): answers.written(o, at, told=told) for step, o in zip(writes, outcomes, strict=True)}
        kept = bundle.transaction_response(_as_sent(steps, [entries.get(id(step), _READ) for step in steps]), base="")
        inbox.done(message, at=at, answer=kept, records=_written(outcomes))
        if len(writes) == len(steps):
            return kept
        listed = [entries.get(id(step)) or _read(step, actor, at) for step in steps]
        return bundle.transaction_response(_as_sent(steps, listed), base="")


class _Unread(FhirError):
    """A read inside a transaction was refused; what was recorded of it is rolled back with the transaction."""


def _read(step: Step, actor: Actor, at: datetime) -> Entry:
    try:
        return answer_read(step, actor=actor, at=at)
    except FhirError as error:
        raise _Unread(error.status, error.issues) from None


def _record_reads(steps: Sequence[Step], actor: Actor, at: datetime) -> None:
    """Once more, outside the transaction, for the access records: the person learns of the attempt."""
    for step in steps:
        if step.method in READS:
            with suppress(FhirError):
                answer_read(step, actor=actor, at=at)


_READ = Entry(status="200 OK")  # stands in the kept answer for what was read


def _repeated(message: Message, steps: Sequence[Step], actor: Actor, at: datetime) -> bytes:
    """The kept answer for what was written; what is read is read anew, under the consents of now (DESIGN 5.6)."""
    answer = inbox.answer_of(message) or b""
    if all(step.method in WRITES for step in steps):
        return answer
    kept = orjson.loads(answer)["entry"]
    listed = [_read(step, actor, at) if step.method in READS else answers.repeated(kept[step.index]) for step in steps]
    return bundle.transaction_response(_as_sent(steps, listed), base="")


def _written(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.stored is not None for outcome in outcomes)


def _intents(steps: Sequence[Step], actor: Actor, at: datetime) -> list[Intent]:
    """All of them, or FhirError with what is wrong in every entry."""
    problems: list[Issue] = []
    intents: list[Intent] = []
    for step in steps:
        intent = intent_of(step)
        if not actor.scopes.allow(intent.type, _LETTERS[step.method]):
            raise FhirError(
                403, [Issue("forbidden", f"The token does not allow {step.method} {intent.type}.", intent.place)]
            )
        check_writer(actor, intent.type, at=at)
        if intent.resource is not None:
            problems += faults(intent.resource, intent.place)
            check_giver(intent.resource, actor)
        intents.append(intent)
    if problems:
        raise FhirError(422, problems)
    return intents


def _as_sent(steps: Sequence[Step], entries: Sequence[Entry]) -> list[Entry]:
    return [entry for _, entry in sorted(zip(steps, entries, strict=True), key=lambda pair: pair[0].index)]


def _dead(message: Message, actor: Actor, at: datetime, error: FhirError) -> FhirError:
    first = error.issues[0]
    with transaction.atomic():
        inbox.dead(message, at=at, stage="validate", place=first.expression or "", reason=first.diagnostics,
                   answer=orjson.dumps(error.outcome()))  # fmt: skip
        note(
            actor, [Deed("create", "Bundle", "Bundle", allowed=False, reason=first.diagnostics[:1000], count=0)], at=at
        )
    return error
