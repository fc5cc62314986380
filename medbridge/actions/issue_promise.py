"""Issue the log's promise for a record's version: signed, with a deadline, there as soon as the write is answered."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import read_record
from medbridge.evidence import receipts
from medbridge.fhir.outcome import FhirError, Issue


def issue_promise(*, actor: Actor, at: datetime, type: str, id: str, version: int | None = None) -> str:
    """For whoever may read the record. Raises FhirError 404 like a read, 409 when nothing was committed for it."""
    found = read_record(actor=actor, at=at, type=type, id=id, version=version)
    try:
        return receipts.promise(found.subject)
    except receipts.NotYet as error:
        raise FhirError(409, [Issue("conflict", str(error))]) from None
