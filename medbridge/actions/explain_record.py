"""Who can see one record, and under which consent (Google Healthcare API's ExplainDataAccess is the model)."""

from dataclasses import dataclass
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import HIDDEN
from medbridge.actions.steps import explaining
from medbridge.actions.steps.access import check_scope, note, visible
from medbridge.audit.record import Deed
from medbridge.consent.explain import Reader, Ruled
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import judged, read
from medbridge.records.judged import Judged


@dataclass(frozen=True)
class Explained:
    """`whole`: whether all kinds of readers are listed."""

    record: Judged
    whole: bool
    readers: dict[Reader, list[Ruled]]


def explain_record(*, actor: Actor, at: datetime, type: str, id: str) -> Explained:
    """For whom who_can_see answers. Raises FhirError 404 for everyone else, 410 when it was deleted."""
    target = f"{type}/{id}"
    check_scope(actor, type, "r", at=at, target=target)
    check_scope(actor, "Consent", "r", at=at, target=target)
    seen = visible(actor, at)
    found = judged.one(type, id, visible=seen)
    if found is None or not explaining.may_ask(actor, found):
        whose = read.patient_of(type, id)
        note(actor, [Deed("explain", type, target, whose, allowed=False, reason=HIDDEN, count=0)], at=at)
        raise FhirError(404, [Issue("not-found", f"{target} is not known.")])
    note(actor, [Deed("explain", type, f"{target}/_history/{found.version}", found.patient)], at=at)
    if found.deleted:
        raise FhirError(410, [Issue("deleted", f"{target} was deleted.")])
    told, listed = explaining.told([explaining.row_of(found)], at=at, visible=seen)
    return Explained(found, listed, told)
