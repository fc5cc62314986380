"""What a hospital pushed, and what became of it."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message
from medbridge.records import read


def list_messages(*, actor: Actor, at: datetime, state: str = "", limit: int = 100) -> list[Message]:
    """Newest first, only the actor's own hospital's, without the bodies."""
    _check_staff(actor)
    rows = Message.objects.filter(hospital=actor.hospital).defer("body", "answer").order_by("-received_at")
    return list((rows.filter(state=state) if state else rows)[:limit])


def count_messages(*, actor: Actor, at: datetime) -> dict[str, int]:
    """State -> how many messages; the operator's counts are of all hospitals."""
    rows = Message.objects.all()
    if actor.role != Role.OPERATOR:
        _check_staff(actor)
        rows = rows.filter(hospital=actor.hospital)
    found = dict(rows.values_list("state").annotate(Count("id")))
    return {state: found.get(state, 0) for state in Message.State.values}


def read_message(*, actor: Actor, at: datetime, message: UUID) -> tuple[Message, bytes]:
    """The message and its bytes as received: clinical data, so whoever looks leaves an access record."""
    _check_staff(actor)
    found = Message.objects.filter(pk=message, hospital=actor.hospital).first()
    if found is None:
        raise FhirError(404, [Issue("not-found", "There is no such message.")])
    whom = read.patients_of(found.id) or {None}
    note(actor, [Deed("read", "Bundle", f"{found.kind} message {found.id}", patient) for patient in whom], at=at)
    return found, inbox.body_of(found)


def _check_staff(actor: Actor) -> None:
    if not actor.hospital or actor.role not in (Role.ENGINEER, Role.FEED):
        raise FhirError(403, [Issue("forbidden", f"The role {actor.role} may not see a hospital's messages.")])
