"""Grant consent: the person opens her records, from her own page. Each choice is a FHIR Consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from medbridge.accounts.actor import Actor
from medbridge.actions.create_record import create_record
from medbridge.actions.steps.intent import Outcome
from medbridge.records.store import instant

_ROLE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


@dataclass(frozen=True)
class Grant:
    """What the person chose. Empty lists mean: no limit of that kind."""

    permit: bool = True
    organizations: Sequence[str] = ()
    practitioners: Sequence[str] = ()
    purposes: Sequence[str] = ("TREAT",)
    types: Sequence[str] = ()
    start: date | None = None
    end: date | None = None


def grant_consent(*, actor: Actor, at: datetime, patient: str, grant: Grant) -> Outcome:
    """In force at the next request. Raises FhirError 403 for a Patient the account was not confirmed to be."""
    body = orjson.dumps(consent(patient=patient, grant=grant, at=at))
    return create_record(actor=actor, at=at, type="Consent", body=body)


def consent(*, patient: str, grant: Grant, at: datetime) -> dict[str, Any]:
    """The Consent resource (FHIR R4 consent.html) that says what was chosen."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": _concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [_concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "INFA")],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": instant(at),
        "performer": [{"reference": f"Patient/{patient}"}],
        "policyRule": _concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
        "provision": _provision(grant),
    }


def _provision(grant: Grant) -> dict[str, Any]:
    provision: dict[str, Any] = {"type": "permit" if grant.permit else "deny"}
    if grant.start or grant.end:
        ends = {"start": grant.start, "end": grant.end}
        provision["period"] = {name: day.isoformat() for name, day in ends.items() if day}
    references = [*(f"Organization/{id}" for id in grant.organizations), *grant.practitioners]
    if references:
        provision["actor"] = [
            {"role": _concept(_ROLE, "IRCP"), "reference": {"reference": reference}} for reference in references
        ]
    if grant.purposes:
        provision["purpose"] = [{"system": _PURPOSE, "code": code} for code in grant.purposes]
    if grant.types:
        provision["class"] = [{"system": "http://hl7.org/fhir/resource-types", "code": type} for type in grant.types]
    return provision


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
