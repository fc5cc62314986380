"""The auditor's queue of accesses for which the glass was broken: each is looked at once, by name, with a note."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note as record
from medbridge.actions.steps.access import refuse
from medbridge.audit.models import Access, Review
from medbridge.audit.record import Deed
from medbridge.consent.purpose import BREAK_THE_GLASS
from medbridge.fhir.outcome import FhirError, Issue, bad_request

NOTE_MOST = 2000


def list_glass(*, actor: Actor, at: datetime, limit: int) -> list[Access]:
    """Those not yet reviewed, oldest first. Raises FhirError 403 for who is no auditor."""
    _check(actor, at)
    reviewed = Review.objects.filter(access=OuterRef("id"))
    return list(Access.objects.filter(~Exists(reviewed), purpose=BREAK_THE_GLASS).order_by("at", "id")[:limit])


def review_glass(*, actor: Actor, at: datetime, access: UUID, note: str) -> None:
    """Raises FhirError 400 without a note, 404 for what is not in the queue, 409 when somebody was faster."""
    _check(actor, at)
    said = note.strip()
    if not said or len(said) > NOTE_MOST:
        raise bad_request(f"A review has a note of up to {NOTE_MOST} characters.", code="required")
    found = Access.objects.filter(id=access, purpose=BREAK_THE_GLASS).first()
    if found is None:
        raise FhirError(404, [Issue("not-found", f"AuditEvent/{access} is not in the queue.")])
    _, first = Review.objects.get_or_create(
        access=access, defaults={"at": at, "username": actor.username, "note": said}
    )  # fmt: skip
    if not first:
        raise FhirError(409, [Issue("conflict", f"AuditEvent/{access} was reviewed already.")])
    record(actor, [Deed("review", "AuditEvent", f"AuditEvent/{access}", found.patient, reason=said)], at=at)


def _check(actor: Actor, at: datetime) -> None:
    if actor.role != Role.AUDITOR:
        refuse(actor, "review", "AuditEvent", f"The role {actor.role} reviews no accesses.", at=at)
