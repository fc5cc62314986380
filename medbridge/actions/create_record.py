"""Create a record; with If-None-Exist only if there is none like it."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import check_scope, check_writer
from medbridge.actions.steps.checking import check, check_type, parsed
from medbridge.actions.steps.consenting import check_giver
from medbridge.actions.steps.intent import Intent, Outcome, Part
from medbridge.actions.steps.keeping import interaction
from medbridge.actions.steps.requests import Request


def create_record(
    *, actor: Actor, at: datetime, type: str, body: bytes, if_none_exist: str | None = None, part: Part | None = None
) -> Outcome:
    """Raises FhirError: 400 and 422 for what is not valid, 403 for one who may not, 412 for several matches."""
    check_scope(actor, type, "c", at=at)
    check_writer(actor, type, at=at)

    def prepare() -> list[Intent]:
        resource = parsed(body)
        check_type(resource, type)
        check(resource, type)
        check_giver(resource, actor)
        return [Intent(type, "POST", type, resource, id=part.id if part else None, criteria=if_none_exist)]

    request = Request("POST", type, criteria=if_none_exist)
    return interaction(prepare, actor=actor, at=at, body=body, request=request, part=part)
