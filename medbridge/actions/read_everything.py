"""Patient/{id}/$everything: the whole history of a person, across hospitals, as far as the reader may see it."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import check_scope, refuse, visible
from medbridge.actions.steps.compartment import Asked, Everything
from medbridge.identity import link
from medbridge.records import everything, read
from medbridge.records.everything import WHOLE, Part

__all__ = ["Everything", "Part", "read_everything", "read_own"]


def read_everything(
    *, actor: Actor, at: datetime, patient: str, limit: int, cursor: str | None = None, part: Part = WHOLE
) -> Everything:
    """Follows the person: the compartments of all linked Patients, each row under the consent that binds it.

    Where the named Patient itself is hidden no link is followed, for a link would show that it exists. Raises
    FhirError 404 when nothing at all is visible: so it answers for a Patient that never was.
    """
    asked = Asked(actor, at, f"Patient/{patient}", part, limit, cursor)
    check_scope(actor, "Patient", "r", at=at, target=asked.target)
    seen = visible(actor, at)
    known = bool(read.existing([("Patient", patient)], visible=seen))
    whom = link.linked(patient) if known else [patient]
    hits = everything.of_patients(whom, part, visible=seen, limit=limit + 1, after=asked.after)
    if not known and not hits:
        asked.refuse(patient)
    return asked.page(hits, whose=patient, seen=seen)


def read_own(*, actor: Actor, at: datetime, limit: int, cursor: str | None = None, part: Part = WHOLE) -> Everything:
    """Patient/$everything, naming none: of all Patients that are the person who asks.

    Raises FhirError 403 for anyone else: "all that you may see" is an export, not a page.
    """
    asked = Asked(actor, at, "Patient", part, limit, cursor)
    check_scope(actor, "Patient", "r", at=at, target=asked.target)
    if actor.role != Role.PATIENT:
        reason = "Name the Patient: only a patient's own account may leave it out."
        refuse(actor, "everything", "Patient", reason, at=at)
    whom = sorted(actor.patients)
    seen = visible(actor, at)
    hits = everything.of_patients(whom, part, visible=seen, limit=limit + 1, after=asked.after)
    return asked.page(hits, whose=whom[0] if whom else None, seen=seen)
