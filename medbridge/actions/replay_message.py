"""Replay a dead letter: after the data or the mapping was mended, the same bytes once more. Safe to repeat.

In the sender's name, with the sender's power: pressing the button lends the message none of the engineer's.
"""

from datetime import datetime
from uuid import UUID

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note, refuse, sender
from medbridge.actions.steps.resuming import resume
from medbridge.audit.record import Deed
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
        note(actor, [Deed("update", "Bundle", f"{found.kind} message {found.id}", reason="replayed", count=0)], at=at)
        resume(found, actor=sender(found), at=at)
        found.refresh_from_db()
    return found
