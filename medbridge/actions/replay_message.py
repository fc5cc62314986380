"""Replay a dead letter: after the data or the mapping was mended, the same bytes once more. Safe to repeat."""

from datetime import datetime
from uuid import UUID

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.create_record import create_record
from medbridge.actions.push_bundle import resume
from medbridge.actions.receive_message import process
from medbridge.actions.steps.access import refuse
from medbridge.actions.update_record import update_record
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message


def replay_message(*, actor: Actor, at: datetime, message: UUID) -> Message:
    """Returns the message as it stands after the attempt (DONE, or DEAD again with the new reason).

    Raises FhirError 403 for one who is not the hospital's engineer or feed, 404 for another hospital's message.
    """
    if actor.role not in (Role.ENGINEER, Role.FEED):
        refuse(actor, "update", "Bundle", f"The role {actor.role} may not replay messages.", at=at)
    found = Message.objects.filter(pk=message, hospital=actor.hospital).first()
    if found is None:
        raise FhirError(404, [Issue("not-found", "There is no such message.")])
    if inbox.revive(found):
        _again(found, actor, at)
        found.refresh_from_db()
    return found


def _again(message: Message, actor: Actor, at: datetime) -> None:
    """FHIR interactions run their own action; their failure is written to the message, not raised."""
    if message.kind not in ("fhir", "bundle"):
        process(message, actor=actor, at=at)
        return
    body = inbox.body_of(message)
    method, _, target = message.request.partition(" ")
    type, _, id = target.partition("/")
    try:
        if message.kind == "bundle":
            resume(message, actor=actor, at=at)
            return
        if method == "POST":
            answer = create_record(actor=actor, at=at, type=type, body=body, message=message.id).subject.encode()
        else:
            answer = update_record(actor=actor, at=at, type=type, id=id, body=body, message=message.id).subject.encode()
        inbox.done(message, at=at, answer=answer, records=1)
    except FhirError as error:
        first = error.issues[0]
        inbox.dead(message, at=at, stage="validate", place=first.expression or "", reason=first.diagnostics)
