"""Undo a wrong link: this Patient is a person of its own, and the index does not link it to the others again."""

from datetime import datetime

from django.db import transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note, own, refuse
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.identity import link
from medbridge.records import read


def unlink_patient(*, actor: Actor, at: datetime, patient: str) -> None:
    """In force at the next request. Raises FhirError 403 for one who is not an engineer, 404 for a Patient that is not
    the hospital's own."""
    if actor.role != Role.ENGINEER or not actor.hospital:
        refuse(actor, "update", "Patient", f"The role {actor.role} may not unlink Patients.", at=at)
    found = read.read("Patient", patient, visible=own(actor, at))
    if found is None or found.deleted or found.hospital != actor.hospital:
        raise FhirError(404, [Issue("not-found", f"Patient/{patient} is not one of this hospital's.")])
    with transaction.atomic():
        link.unlink(patient, by=actor.username, at=at)
        note(actor, [Deed("update", "Patient", f"Patient/{patient}", patient, reason="unlinked")], at=at)
