"""Delete a record: a last version that says so. Its history and its proofs stay."""

from datetime import datetime
from uuid import UUID

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import check_scope, check_writer
from medbridge.actions.steps.intent import Intent, Outcome
from medbridge.actions.steps.keeping import interaction


def delete_record(
    *, actor: Actor, at: datetime, type: str, id: str, if_match: int | None = None, message: UUID | None = None
) -> Outcome:
    """Deleting what is not there is no error (FHIR R4 http.html#delete); another hospital's record is not there."""
    check_scope(actor, type, "d", at=at, target=f"{type}/{id}")
    check_writer(actor, type, at=at)
    intent = Intent(type, "DELETE", type, id=id, if_match=if_match)
    return interaction(
        lambda: [intent], actor=actor, at=at, body=b"", request=f"DELETE {type}/{id}", message=message
    )
