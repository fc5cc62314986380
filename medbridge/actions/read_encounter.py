"""Encounter/{id}/$everything: an encounter with all that was recorded in it, and whose it was."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import check_scope, visible
from medbridge.actions.steps.compartment import Asked, Everything
from medbridge.records import everything, read
from medbridge.records.everything import WHOLE, Part


def read_encounter(
    *, actor: Actor, at: datetime, encounter: str, limit: int, cursor: str | None = None, part: Part = WHOLE
) -> Everything:
    """Raises FhirError 404 when the Encounter itself is not visible: what refers to it would show that it exists."""
    asked = Asked(actor, at, f"Encounter/{encounter}", part, limit, cursor)
    check_scope(actor, "Encounter", "r", at=at, target=asked.target)
    seen = visible(actor, at)
    found = read.many([("Encounter", encounter)], visible=seen)
    if not found:
        asked.refuse(read.patient_of("Encounter", encounter))
    patient = found[0].patient
    hits = everything.of_encounter(encounter, patient, part, visible=seen, limit=limit + 1, after=asked.after)
    return asked.page(hits, whose=patient, seen=seen)
