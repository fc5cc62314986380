"""Erase a person: everything stored about her, and what opens her commitments. The log and all other receipts stay."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import ConfirmedPatient, Role
from medbridge.actions.steps.access import note, refuse
from medbridge.audit import erase as audit
from medbridge.audit.record import Deed
from medbridge.consent import erase as consent
from medbridge.database.erasing import allow_erasing
from medbridge.evidence import erase as evidence
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.identity import erase as identity
from medbridge.identity import link
from medbridge.inbox import erase as inbox
from medbridge.records import erase as records


@dataclass(frozen=True)
class Erasure:
    """Counts, and `kept`: "Type/id" of records that speak of other people too, for their custodians to amend."""

    patients: int
    versions: int
    salts: int
    messages: int
    accesses: int
    kept: list[str]


def erase_person(*, actor: Actor, at: datetime, patient: str, alone: bool = False) -> Erasure:
    """All Patients that are linked to `patient`, or with `alone` this one only, in one transaction.

    Raises FhirError 403 for one who is not the operator, 404 when nothing is stored about the Patient.
    """
    if actor.role != Role.OPERATOR:
        refuse(actor, "delete", "Patient", f"The role {actor.role} may not erase a person.", at=at)
    with transaction.atomic():
        allow_erasing()
        patients = [patient] if alone else link.linked(patient)
        done = _erase(patients)
        if not done.versions:
            raise FhirError(404, [Issue("not-found", f"Nothing is stored about Patient/{patient}.")])
        note(actor, [Deed("delete", "Patient", "Patient", reason="erased", count=done.versions)], at=at)
    return done


def _erase(patients: list[str]) -> Erasure:
    names, kept = records.of_people(patients)
    identifiers, hospitals = records.identifiers(patients)
    gone = records.erase(names)
    accesses = audit.erase(patients, names)
    salts = evidence.erase([*gone.subjects, *(f"AuditEvent/{id}" for id in accesses)])
    unsettled = inbox.speaking_of(identifiers, hospitals=hospitals)
    messages = inbox.empty({*gone.messages, *unsettled})
    identity.erase(patients)
    consent.erase(patients)
    ConfirmedPatient.objects.filter(patient__in=patients).delete()
    return Erasure(len(patients), len(gone.subjects), salts, messages, len(accesses), kept)
