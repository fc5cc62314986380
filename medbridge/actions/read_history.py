"""All versions of one record, newest first."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import HIDDEN
from medbridge.actions.steps.access import check_scope, note, visible
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import read
from medbridge.records.read import Found


def read_history(*, actor: Actor, at: datetime, type: str, id: str, limit: int) -> list[Found]:
    """Raises FhirError 404 when there is no such record for this actor."""
    check_scope(actor, type, "r", at=at, target=f"{type}/{id}/_history")
    versions = read.history(type, id, visible=visible(actor, at), limit=limit)
    whose = versions[0].patient if versions else read.patient_of(type, id)
    deed = Deed("history", type, f"{type}/{id}", whose, bool(versions), "" if versions else HIDDEN, count=len(versions))
    note(actor, [deed], at=at)
    if not versions:
        raise FhirError(404, [Issue("not-found", f"{type}/{id} is not known.")])
    return versions
