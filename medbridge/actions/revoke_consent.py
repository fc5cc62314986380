"""Revoke a consent: its next version is inactive, and the next request is judged without it."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.read_record import read_record
from medbridge.actions.steps.access import refuse
from medbridge.actions.steps.consenting import author
from medbridge.actions.steps.intent import Outcome
from medbridge.actions.update_record import update_record
from medbridge.fhir.parse import parse, serialize
from medbridge.records import read


def revoke_consent(*, actor: Actor, at: datetime, consent: str) -> Outcome:
    """Raises FhirError 403 for a consent that somebody else recorded, 404 for one the actor may not see."""
    found = read_record(actor=actor, at=at, type="Consent", id=consent)
    if actor.role == Role.PATIENT and consent not in {parse(body)["id"] for _, body in read.consents_of(author(actor))}:
        reason = f"Consent/{consent} was recorded by somebody else; ask them to withdraw it."
        refuse(actor, "update", "Consent", reason, at=at, target=f"Consent/{consent}")
    resource = {**parse(found.body), "status": "inactive"}
    return update_record(
        actor=actor, at=at, type="Consent", id=consent, body=serialize(resource), if_match=found.version
    )
