"""Carry out a kept message again, whatever its kind: after a crash, or because an engineer replays it."""

from datetime import datetime
from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.actions import push_bundle, receive_message
from medbridge.actions.create_record import create_record
from medbridge.actions.patch_record import patch_record
from medbridge.actions.steps.intent import Outcome, Part
from medbridge.actions.steps.requests import read_request
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
            receive_message.process(message, at=at)
    except FhirError as error:
        first = error.issues[0]
        # A bundle is a dead letter by now, which is not changed here.
        inbox.dead(message, at=at, stage="validate", place=first.expression or "", reason=first.diagnostics)


def _interaction(message: Message, actor: Actor, at: datetime, since: datetime | None) -> Outcome:
    asked = read_request(message.request)
    call: dict[str, Any] = {
        "actor": actor, "at": at, "type": asked.type, "body": inbox.body_of(message),
        "part": Part(message.id, since=since),
    }  # fmt: skip
    if asked.method == "POST":
        return create_record(**call, if_none_exist=asked.criteria)
    call |= {"id": asked.id, "criteria": asked.criteria, "if_match": asked.if_match}
    if asked.method == "PATCH":
        return patch_record(**call)
    return update_record(**call, create_only=asked.create_only)
