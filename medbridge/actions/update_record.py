"""Write the next version of a record, or its first under an id the hospital chose."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import check_scope, check_writer
from medbridge.actions.steps.checking import check, check_type, parsed
from medbridge.actions.steps.consenting import check_giver
from medbridge.actions.steps.intent import Intent, Outcome, Part
from medbridge.actions.steps.keeping import interaction
from medbridge.fhir.outcome import FhirError, Issue


def update_record(
    *, actor: Actor, at: datetime, type: str, id: str, body: bytes, if_match: int | None = None,
    part: Part | None = None,
) -> Outcome:  # fmt: skip
    """Raises FhirError: 400, 422 not valid; 403 may not; 412 If-Match names another version."""
    check_scope(actor, type, "u", at=at, target=f"{type}/{id}")
    check_writer(actor, type, at=at)

    def prepare() -> list[Intent]:
        resource = parsed(body)
        check_type(resource, type)
        if resource.get("id") != id:
            raise FhirError(400, [Issue("invalid", f"The body's id must be “{id}”, as in the URL.", f"{type}.id")])
        check(resource, type)
        check_giver(resource, actor)
        return [Intent(type, "PUT", type, resource, id=id, if_match=if_match)]

    request = f"PUT {type}/{id}" if if_match is None else f"PUT {type}/{id} {if_match}"
    return interaction(prepare, actor=actor, at=at, body=body, request=request, part=part)
