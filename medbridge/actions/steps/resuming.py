"""Carry out a kept message again, whatever its kind: after a crash, or because an engineer replays it."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions import push_bundle, receive_message
from medbridge.actions.create_record import create_record
from medbridge.actions.steps.intent import Outcome, Part
from medbridge.actions.update_record import update_record
from medbridge.fhir.outcome import FhirError
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message


def resume(message: Message, *, actor: Actor, at: datetime, since: datetime | None = None) -> None:
    """Afterwards the message is DONE, or a dead letter that says why. since: see writing.write()."""
    try:
        if message.kind == "bundle":
            push_bundle.resume(message, actor=actor, at=at, since=since)
        elif message.kind == "fhir":
            outcome = _interaction(message, actor, at, since)
            inbox.done(message, at=at, answer=outcome.subject.encode(), records=1)
        else:
            receive_message.process(message, actor=actor, at=at, since=since)
    except FhirError as error:
        first = error.issues[0]
        # A bundle is a dead letter by now, which is not changed here.
        inbox.dead(message, at=at, stage="validate", place=first.expression or "", reason=first.diagnostics)


def _interaction(message: Message, actor: Actor, at: datetime, since: datetime | None) -> Outcome:
    """`request` is "POST Type", "POST Type?If-None-Exist", "PUT Type/id" or "PUT Type/id If-Match's version"."""
    body, part = inbox.body_of(message), Part(message.id, since=since)
    method, _, target = message.request.partition(" ")
    if method == "POST":
        type, _, criteria = target.partition("?")
        return create_record(actor=actor, at=at, type=type, body=body, if_none_exist=criteria or None, part=part)
    path, _, version = target.partition(" ")
    type, _, id = path.partition("/")
    if_match = int(version) if version else None
    return update_record(actor=actor, at=at, type=type, id=id, body=body, if_match=if_match, part=part)
