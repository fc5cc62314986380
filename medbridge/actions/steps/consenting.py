"""What a person may say about whom: she consents for herself only, as far as she was verified (DESIGN 5.9)."""

from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import ConfirmedPatient, Role
from medbridge.consent import store as consents
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parse import parse
from medbridge.records import read


def author(actor: Actor) -> str:
    """How versions name who wrote them."""
    return f"{actor.role}:{actor.username}"


def check_giver(resource: dict[str, Any], actor: Actor) -> None:
    """Raises FhirError 403 when a patient's account writes a Consent about a Patient it was not confirmed to be."""
    if actor.role != Role.PATIENT:
        return
    about = resource.get("patient", {}).get("reference", "").removeprefix("Patient/")
    if about not in actor.patients:
        text = "You can give consent for your own records only: Consent.patient must be a Patient that is you."
        raise FhirError(403, [Issue("forbidden", text, "Consent.patient")])


def bindings(actor: Actor) -> list[tuple[str, str]]:
    """The (Patient id, custodian) pairs that a person's own consent binds: those confirmed to be her."""
    rows = ConfirmedPatient.objects.filter(account__username=actor.username)
    return [(row.patient, row.hospital) for row in rows]


def rebind(actor: Actor) -> None:
    """Store the rules of the person's consents anew, after what she is confirmed to be has changed."""
    for version, body in read.consents_of(author(actor)):
        consents.store(parse(body), bindings=bindings(actor), version=version)
