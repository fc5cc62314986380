"""Patient/{id}/$everything: the whole history of a person, across hospitals, as far as the reader may see it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import HIDDEN
from medbridge.actions.steps import paging
from medbridge.actions.steps.access import check_scope, note, visible
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.identity import link
from medbridge.records import read, search
from medbridge.records.search import Hit


@dataclass(frozen=True)
class Everything:
    hits: list[Hit]
    next: str | None


def read_everything(
    *, actor: Actor, at: datetime, patient: str, limit: int, cursor: str | None = None, types: Sequence[str] = ()
) -> Everything:
    """Follows the person: the compartments of all linked Patients, each row under the consent that binds it.

    Where the named Patient itself is hidden no link is followed, for a link would show that it exists. Raises
    FhirError 404 when nothing at all is visible: so it answers for a Patient that never was.
    """
    check_scope(actor, "Patient", "r", at=at, target=f"Patient/{patient}")
    seen = visible(actor, at)
    target = f"Patient/{patient}"
    known = bool(read.existing([("Patient", patient)], visible=seen))
    spelled = f"{target}/$everything?{','.join(types)}"
    after = paging.unseal(actor, spelled, cursor)[1] if cursor else 0
    whom = link.linked(patient) if known else [patient]
    hits = search.everything(whom, visible=seen, limit=limit + 1, after=after, types=types)
    if not known and not hits:
        note(actor, [Deed("everything", "Patient", target, patient, False, HIDDEN, count=0)], at=at)
        raise FhirError(404, [Issue("not-found", f"{target} is not known.")])
    more, last = len(hits) > limit, hits[:limit]
    allowed = [hit for hit in last if actor.scopes.allow(hit.type, "r")]
    touched = Counter(hit.patient for hit in allowed) or Counter({patient: 0})
    note(actor, [Deed("everything", "Patient", target, whose, count=n) for whose, n in touched.items()], at=at)
    return Everything(allowed, paging.seal(actor, spelled, last[-1].pk, last[-1].pk) if more else None)
