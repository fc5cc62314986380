"""Read a record, or one version of it."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.accounts.tokens import Presumed
from medbridge.actions.steps.access import check_scope, note, visible, who
from medbridge.actions.steps.judging import check_cleared
from medbridge.audit import record
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import read
from medbridge.records.read import Found

__all__ = ["HIDDEN", "Found", "read_presumed", "read_record"]

HIDDEN = "There is no such record, or no consent opens it to this reader."


def read_record(*, actor: Actor, at: datetime, type: str, id: str, version: int | None = None) -> Found:
    """The version with its exact stored bytes.

    Raises FhirError 404 when there is none or the actor may not see it (the same answer), 410 when it was deleted.
    Not one transaction: the access record must outlive the error that a refusal raises.
    """
    check_scope(actor, type, "r", at=at, target=f"{type}/{id}")
    action = "read" if version is None else "vread"
    noting = record.noting(who(actor), action, at=at)
    found = read.read(type, id, visible=visible(actor, at), version=version, noting=noting)
    if found is None:
        # The person concerned learns of the attempt; the reader learns nothing.
        whose = read.patient_of(type, id)
        note(actor, [Deed(action, type, f"{type}/{id}", whose, allowed=False, reason=HIDDEN, count=0)], at=at)
        raise FhirError(404, [Issue("not-found", f"{type}/{id} is not known.")])
    check_cleared(found, actor=actor, at=at)
    return _there(found)


def read_presumed(*, presumed: Presumed, at: datetime, type: str, id: str) -> Found | None:
    """The newest version by one statement: the token holds, a consent opens it, the access is recorded.

    None when one of these is not so: read_record says which. Raises FhirError 410 when it was deleted.
    """
    actor = presumed.actor
    if not actor.scopes.allow(type, "r"):
        return None
    noting = record.noting(who(actor), "read", at=at)
    found = read.read(type, id, visible=visible(actor, at), holds=presumed.holds, noting=noting)
    if found is None:
        return None
    check_cleared(found, actor=actor, at=at)
    return _there(found)


def _there(found: Found) -> Found:
    if found.deleted:
        raise FhirError(410, [Issue("deleted", f"{found.type}/{found.id} was deleted on {found.at:%Y-%m-%d}.")])
    return found
