"""Grant consent: the person opens her records, from her own page. Each choice is a FHIR Consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.consent import Consent, ConsentProvision, ConsentProvisionActor
from fhir.resources.R4B.period import Period
from fhir.resources.R4B.reference import Reference

from medbridge.accounts.actor import Actor
from medbridge.actions.create_record import create_record
from medbridge.actions.steps.intent import Outcome
from medbridge.consent.purpose import ACT_REASON
from medbridge.records.store import instant

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


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
    person = Reference(reference=f"Patient/{patient}")
    said = Consent(
        status="active",
        scope=_concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        category=[_concept(_ACT, "INFA")],
        patient=person,
        dateTime=at,
        performer=[person],
        policyRule=_concept(_ACT, "OPTIN"),
        provision=_provision(grant),
    )
    written: dict[str, Any] = orjson.loads(said.model_dump_json(exclude_none=True))
    return {**written, "dateTime": instant(at)}


def _provision(grant: Grant) -> ConsentProvision:
    references = [*(f"Organization/{id}" for id in grant.organizations), *grant.practitioners]
    recipient = _concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")
    actors = [ConsentProvisionActor(role=recipient, reference=Reference(reference=text)) for text in references]
    types = [Coding(system="http://hl7.org/fhir/resource-types", code=type) for type in grant.types]
    purposes = [Coding(system=ACT_REASON, code=code) for code in grant.purposes]
    fields: dict[str, Any] = {
        "type": "permit" if grant.permit else "deny",
        "period": Period.model_validate({"start": grant.start, "end": grant.end}) if grant.start or grant.end else None,
        "actor": actors or None,
        "purpose": purposes or None,
        "class": types or None,
    }
    return ConsentProvision(**fields)


def _concept(system: str, code: str) -> CodeableConcept:
    return CodeableConcept(coding=[Coding(system=system, code=code)])
