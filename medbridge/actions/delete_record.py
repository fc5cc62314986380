"""Delete a record: a last version that says so. Its history and its proofs stay."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import check_scope, check_writer
from medbridge.actions.steps.intent import Intent, Outcome, Part
from medbridge.actions.steps.keeping import interaction, refused
from medbridge.actions.steps.requests import Request
from medbridge.fhir.outcome import FhirError, Issue


def delete_record(
    *, actor: Actor, at: datetime, type: str, id: str | None, criteria: str | None = None, if_match: int | None = None,
    part: Part | None = None,
) -> Outcome:  # fmt: skip
    """By id; or, id None, the one record that the criteria find; finding none, there is nothing left to do.

    Raises FhirError 404 where an id has nothing to delete: no such record, deleted already, or another hospital's;
    412 where the criteria find several.
    """
    request = Request("DELETE", type, id, criteria, if_match)
    check_scope(actor, type, "d", at=at, target=request.target)
    check_writer(actor, type, at=at)
    intent = Intent(type, "DELETE", type, id=id, if_match=if_match, criteria=criteria)
    outcome = interaction(lambda: [intent], actor=actor, at=at, body=b"", request=request, part=part)
    if id is not None and not outcome.subject:
        error = FhirError(404, [Issue("not-found", f"{type}/{id} is not known.")])
        refused(actor, request, at, error)
        raise error
    return outcome
