"""Write the next version of a record, or its first under an id the hospital chose; or of the record a search finds."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import check_scope, check_writer
from medbridge.actions.steps.checking import check, check_type, parsed
from medbridge.actions.steps.consenting import check_giver
from medbridge.actions.steps.intent import Intent, Outcome, Part
from medbridge.actions.steps.keeping import interaction
from medbridge.actions.steps.requests import Request
from medbridge.fhir.outcome import FhirError, Issue


def update_record(
    *, actor: Actor, at: datetime, type: str, id: str | None, body: bytes, criteria: str | None = None,
    if_match: int | None = None, create_only: bool = False, part: Part | None = None,
) -> Outcome:  # fmt: skip
    """By id; or, id None, by criteria (FHIR R4 http.html#cond-update): none creates, one updates, several are 412.

    create_only: If-None-Match: *. Raises FhirError: 400, 422 not valid; 403 may not; 412 a condition does not hold.
    """
    request = Request("PUT", type, id, criteria, if_match, create_only)
    check_scope(actor, type, "u", at=at, target=request.target)
    check_writer(actor, type, at=at)

    def prepare() -> list[Intent]:
        resource = parsed(body)
        check_type(resource, type)
        if id is not None and resource.get("id") != id:
            raise FhirError(400, [Issue("invalid", f"The body's id must be “{id}”, as in the URL.", f"{type}.id")])
        check(resource, type)
        check_giver(resource, actor)
        return [Intent(type, "PUT", type, resource, id=id, if_match=if_match, create_only=create_only,
                       criteria=criteria, fresh=part.id if part else None)]  # fmt: skip

    return interaction(prepare, actor=actor, at=at, body=body, request=request, part=part)
