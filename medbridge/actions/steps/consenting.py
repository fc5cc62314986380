"""What a person may say about whom: she consents for herself only, as far as she was verified (DESIGN 5.9)."""

from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import ConfirmedPatient, Role
from medbridge.consent import store as consents
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parse import parse
from medbridge.fhir.references import classify
from medbridge.records import read

HERSELF = ""


def author(actor: Actor) -> str:
    """How versions name who wrote them."""
    return f"{actor.role}:{actor.username}"


def custodian(actor: Actor) -> str | None:
    """Whose record this actor's writes are: her own (""), her hospital's, or the directory's (None).

    What the person consents to is hers: no hospital sees it by the custodian rule.
    """
    return HERSELF if actor.role == Role.PATIENT else actor.hospital or None


def check_giver(resource: dict[str, Any], actor: Actor) -> None:
    """Raises FhirError 403 when a patient's account writes a Consent about a Patient it was not confirmed to be."""
    if actor.role == Role.PATIENT and consenting_patient(resource) not in actor.patients:
        text = "You can give consent for your own records only: Consent.patient must be a Patient that is you."
        raise FhirError(403, [Issue("forbidden", text, "Consent.patient")])


def consenting_patient(resource: dict[str, Any] | None) -> str | None:
    """The id of the Patient whose data a Consent is about; None for other resources, or when it names none here.

    Consent.patient alone decides: another Patient may sign for her (Consent.performer), and the rule must still bind.
    """
    if resource is None or resource.get("resourceType") != "Consent":
        return None
    patient = resource.get("patient")
    text = patient.get("reference") if isinstance(patient, dict) else None
    reference = classify("Consent.patient", text) if isinstance(text, str) else None
    return reference.id if reference and reference.kind == "literal" and reference.type == "Patient" else None


def bindings(actor: Actor) -> list[tuple[str, str]]:
    """The (Patient id, custodian) pairs that a person's own consent binds: those confirmed to be her."""
    rows = ConfirmedPatient.objects.filter(account__username=actor.username)
    return [(row.patient, row.hospital) for row in rows]


def rebind(actor: Actor) -> None:
    """Store the rules of the person's consents anew, after what she is confirmed to be has changed."""
    for version, body in read.consents_of(author(actor)):
        consents.store(parse(body), bindings=bindings(actor), version=version)
