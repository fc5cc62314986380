"""Load a hospital's table (CSV) of patients or results."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Hospital
from medbridge.actions.receive_message import Receipt, receive_message
from medbridge.fhir.outcome import FhirError, Issue


def load_table(*, actor: Actor, at: datetime, body: bytes) -> Receipt:
    """The file is one message: the same file twice is loaded once. A bad row is reported, the others load."""
    if not Hospital.objects.filter(id=actor.hospital).exists():
        raise FhirError(
            404, [Issue("not-found", f"There is no hospital “{actor.hospital}”. Load it with load_accounts.")]
        )
    return receive_message(actor=actor, at=at, kind="csv", body=body)
