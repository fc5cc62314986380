"""What a stored SearchParameter means for the index: in use, if it is active and one who may decide that wrote it."""

from datetime import datetime
from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.fhir.custom import Definition
from medbridge.fhir.custom_definition import read_definition
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import definitions

NOT_STORED = ("AuditEvent", "Parameters")
# A parameter costs every write of its types, whoever's: a feed passes on what it was sent, a person decides.
DEFINERS = (Role.ENGINEER, Role.OPERATOR)


def apply_definition(id: str, resource: dict[str, Any] | None, *, actor: Actor, at: datetime) -> None:
    """In the transaction that writes the SearchParameter `id`; resource None deletes it.

    Of others than DEFINERS it is stored and not used. Raises FhirError 422 for a definition that cannot be used,
    403 where they would change one that is in use.
    """
    if actor.role not in DEFINERS:
        if definitions.is_in_use(id):
            text = f"SearchParameter/{id} is in use; only an account with the role engineer or operator may change it."
            raise FhirError(403, [Issue("forbidden", text, "SearchParameter")])
        return
    if resource is None or resource.get("status") != "active":
        definitions.deactivate(id)
        return
    try:
        definition = read_definition(resource)
        _check_stored(definition)
        definitions.activate(id, definition, at=at)
    except definitions.Taken as error:
        issue = Issue("conflict", f"This definition cannot be used: {error}", "SearchParameter")
        raise FhirError(409, [issue]) from error


def _check_stored(definition: Definition) -> None:
    """Raises FhirError 422 for types of which there are no records to index (steps.access.forbidden)."""
    if missing := [type for type in definition.bases if type in NOT_STORED]:
        text = f"This definition cannot be used: {', '.join(missing)} is not stored as a record. Leave it out."
        raise FhirError(422, [Issue("business-rule", text, "SearchParameter.base")])
