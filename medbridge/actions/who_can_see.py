"""Who can see a person's records, hospital by hospital and purpose by purpose, and under which consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.read_record import HIDDEN
from medbridge.actions.steps import explaining
from medbridge.actions.steps.access import check_scope, note, refuse, visible
from medbridge.audit.record import Deed
from medbridge.consent.explain import Reader, Ruled
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import judged, read

__all__ = ["Reader", "Ruled", "WhoCanSee", "who_can_see", "who_can_see_mine"]


@dataclass(frozen=True)
class WhoCanSee:
    """`records`: how many were judged. `whole`: whether these are all, and all readers are listed."""

    patients: list[str]
    records: int
    whole: bool
    readers: dict[Reader, list[Ruled]]


def who_can_see(*, actor: Actor, at: datetime, patient: str) -> WhoCanSee:
    """For the person herself, and for the engineers of the hospital whose Patient it is.

    An engineer is told of that hospital's records only, and by name only of consents that the hospital recorded.
    Raises FhirError 404 for everyone else, as for a Patient that never was.
    """
    target = f"Patient/{patient}"
    check_scope(actor, "Patient", "r", at=at, target=target)
    check_scope(actor, "Consent", "r", at=at, target=target)
    found = judged.one("Patient", patient, visible=visible(actor, at))
    if found is None or found.deleted or not explaining.may_ask(actor, found):
        whose = read.patient_of("Patient", patient)
        note(actor, [Deed("who-can-see", "Patient", target, whose, allowed=False, reason=HIDDEN, count=0)], at=at)
        raise FhirError(404, [Issue("not-found", f"{target} is not known.")])
    return _told(actor, at, [patient])


def who_can_see_mine(*, actor: Actor, at: datetime) -> WhoCanSee:
    """Of all Patients that are the person who asks. Raises FhirError 403 for anyone else."""
    check_scope(actor, "Patient", "r", at=at)
    check_scope(actor, "Consent", "r", at=at)
    if actor.role != Role.PATIENT:
        reason = "Name the Patient: only a patient's own account may leave it out."
        refuse(actor, "who-can-see", "Patient", reason, at=at)
    return _told(actor, at, sorted(actor.patients))


def _told(actor: Actor, at: datetime, patients: Sequence[str]) -> WhoCanSee:
    seen = visible(actor, at)
    rows, whole = explaining.rows_of(actor, patients, visible=seen)
    told, listed = explaining.told(rows, at=at, visible=seen)
    deeds = [Deed("who-can-see", "Patient", f"Patient/{each}", each, count=len(rows)) for each in patients]
    note(actor, deeds, at=at)
    return WhoCanSee(list(patients), len(rows), whole and listed, told)
