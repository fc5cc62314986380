"""Change parts of a record: JSON Patch or FHIRPath Patch (FHIR R4 http.html#patch)."""

from datetime import datetime

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import check_scope, check_writer
from medbridge.actions.steps.checking import check_size
from medbridge.actions.steps.intent import Intent, Outcome, Part
from medbridge.actions.steps.keeping import interaction
from medbridge.actions.steps.requests import Request
from medbridge.fhir.parse import Limits
from medbridge.fhir.patch import read_patch


def patch_record(
    *, actor: Actor, at: datetime, type: str, id: str | None, body: bytes, criteria: str | None = None,
    if_match: int | None = None, part: Part | None = None,
) -> Outcome:  # fmt: skip
    """By id, or the one record that the criteria find. What comes out is judged like what is sent whole.

    Raises FhirError: 400 no patch; 404, 410 nothing to patch; 412 a condition does not hold; 422 does not apply, or
    what it makes is not valid.
    """
    request = Request("PATCH", type, id, criteria, if_match)
    check_scope(actor, type, "u", at=at, target=request.target)
    check_writer(actor, type, at=at)

    def prepare() -> list[Intent]:
        check_size(body)
        patch = read_patch(body, limits=Limits(depth=settings.JSON_DEPTH_LIMIT, items=settings.JSON_LIST_LIMIT))
        return [Intent(type, "PATCH", type, id=id, if_match=if_match, criteria=criteria, patch=patch)]

    return interaction(prepare, actor=actor, at=at, body=body, request=request, part=part)
