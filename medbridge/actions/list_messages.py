"""What a hospital pushed, and what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Coalesce

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


@dataclass(frozen=True)
class Failure:
    """Dead letters that failed alike."""

    kind: str
    stage: str
    place: str
    reason: str
    count: int


def list_failures(*, actor: Actor, at: datetime, limit: int = 50) -> list[Failure]:
    """The hospital's dead letters by what is wrong with them, the most frequent first."""
    _check_staff(actor)
    rows = Message.objects.filter(hospital=actor.hospital, state=Message.State.DEAD)
    found = rows.values_list("kind", "stage", "place", "reason").annotate(number=Count("id")).order_by("-number")
    return [Failure(*row) for row in found[:limit]]


@dataclass(frozen=True)
class Throughput:
    """Messages received in the last minute and hour; when the oldest that waits came; fields of the last hour's
    messages that reached records, were kept on purpose, were reported.
    """

    minute: int
    hour: int
    oldest: datetime | None
    mapped: int
    preserved: int
    reported: int

    @property
    def share(self) -> int | None:
        """Percent of the valued fields that reached a record or were kept on purpose."""
        whole = self.mapped + self.preserved + self.reported
        return round(100 * (self.mapped + self.preserved) / whole) if whole else None


def throughput(*, actor: Actor, at: datetime) -> Throughput:
    _check_staff(actor)
    rows = Message.objects.filter(hospital=actor.hospital)
    recent = rows.filter(received_at__gte=at - timedelta(hours=1))
    minute = Count("id", filter=Q(received_at__gte=at - timedelta(minutes=1)))
    sums = {name: Coalesce(Sum(name), 0) for name in ("mapped", "preserved", "reported")}
    counted = recent.aggregate(minute=minute, hour=Count("id"), **sums)
    waiting = rows.filter(state=Message.State.RECEIVED).aggregate(oldest=Min("received_at"))
    return Throughput(**counted, **waiting)


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
