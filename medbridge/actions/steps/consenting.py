"""What a person may say about whom: she consents for herself only, as far as she was verified (DESIGN 5.9)."""

from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.fhir.outcome import FhirError, Issue


def check_giver(resource: dict[str, Any], actor: Actor) -> None:
    """Raises FhirError 403 when a patient's account writes a Consent about a Patient it was not confirmed to be."""
    if actor.role != Role.PATIENT:
        return
    about = resource.get("patient", {}).get("reference", "").removeprefix("Patient/")
    if about not in actor.patients:
        text = "You can give consent for your own records only: Consent.patient must be a Patient that is you."
        raise FhirError(403, [Issue("forbidden", text, "Consent.patient")])
