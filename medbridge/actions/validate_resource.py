"""Say what is wrong with a resource, sent or stored, and change nothing: FHIR R4 resource-operation-validate.

Only reading a stored resource leaves an access record: what is sent is nobody's record yet.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import Found, read_record
from medbridge.actions.steps.access import forbidden
from medbridge.actions.steps.asking import Asked, asked_of
from medbridge.actions.steps.checking import check_type, parsed, profile_issues
from medbridge.actions.steps.consenting import check_giver, custodian
from medbridge.fhir.outcome import FhirError, Issue, bad_request
from medbridge.fhir.parse import parse
from medbridge.fhir.validate import issues as base_issues

MODES = {"create": "c", "update": "u", "delete": "d", "profile": ""}


def validate_resource(
    *, actor: Actor, at: datetime, type: str, id: str | None = None, body: bytes = b"", profiles: Sequence[str] = (),
    mode: str = "",
) -> list[Issue]:  # fmt: skip
    """The issues; none when all is well.

    body: the resource, or Parameters that hold it; empty: the stored one. id: the record it is meant for.
    Raises FhirError 404 and 410 for an id as a read does, 400 for a mode that cannot be, 413 for too large a body.
    """
    found = read_record(actor=actor, at=at, type=type, id=id) if id else None
    try:
        asked = asked_of(parsed(body) if body else None, tuple(profiles), mode)
    except FhirError as error:
        if error.status == 413:
            raise
        return list(error.issues)
    _check_mode(asked, found)
    refusals = _refusals(asked, type, found, actor)
    if asked.mode == "delete":
        return refusals
    resource = asked.resource or parse(_stored(found).body)
    issues = refusals + _content(resource, type, found if asked.mode == "update" else None)
    if any(issue.code == "structure" for issue in issues):
        text = "Profiles are judged when the structure is right."
        return [*issues, Issue("incomplete", text, severity="information")]
    return _summed([*issues, *profile_issues(resource, asked.profiles)])


def _check_mode(asked: Asked, found: Found | None) -> None:
    """Raises FhirError 400 where the question makes no sense (R4: update and delete are asked of one instance)."""
    if asked.mode and asked.mode not in MODES:
        raise bad_request(f"mode: “{asked.mode[:40]}” is none of {', '.join(MODES)}.", code="value")
    if asked.mode in ("update", "delete") and found is None:
        raise bad_request(f"mode={asked.mode} is asked of one record: [type]/[id]/$validate.")
    if asked.mode == "create" and found is not None:
        raise bad_request("mode=create is asked of a type: [type]/$validate.")
    if asked.resource is None and found is None:
        raise bad_request("Send the resource to validate, by itself or as the parameter “resource” of a Parameters.")


def _refusals(asked: Asked, type: str, found: Found | None, actor: Actor) -> list[Issue]:
    """Why this actor's create, update or delete would be refused whatever the content."""
    letter = MODES.get(asked.mode)
    if not letter:
        return []
    reasons = [forbidden(actor, type)]
    if not actor.scopes.allow(type, letter):
        reasons.append(f"The token's scopes ({actor.scopes.text or 'none'}) do not allow to {asked.mode} {type}.")
    if found is not None and found.hospital != custodian(actor):
        reasons.append(f"{type}/{found.id} is another custodian's record; only they {asked.mode} it.")
    if asked.mode != "delete" and asked.resource is not None:
        reasons.append(_not_the_giver(asked.resource, type, actor))
    return [Issue("forbidden", reason) for reason in reasons if reason]


def _not_the_giver(resource: dict[str, Any], type: str, actor: Actor) -> str:
    try:
        check_giver(resource, actor)
    except FhirError as error:
        return error.issues[0].diagnostics if type == "Consent" else ""
    return ""


def _content(resource: dict[str, Any], type: str, replaced: Found | None) -> list[Issue]:
    try:
        check_type(resource, type)
    except FhirError as error:
        return list(error.issues)
    issues = base_issues(resource)
    if replaced is not None and resource.get("id") != replaced.id:
        issues.append(Issue("invalid", f"The body's id must be “{replaced.id}”, as in the URL.", f"{type}.id"))
    return issues


def _summed(issues: list[Issue]) -> list[Issue]:
    """With "All OK" in words first, where nothing is wrong but something could not be judged."""
    if not issues or any(issue.severity != "information" for issue in issues):
        return issues
    return [Issue("informational", "All OK, as far as it could be judged.", severity="information"), *issues]


def _stored(found: Found | None) -> Found:
    if found is None:
        raise bad_request("Send the resource to validate.")
    return found
