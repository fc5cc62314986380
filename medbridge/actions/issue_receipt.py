"""Issue the receipt of a record's version, of a Consent or of an access record: its proof, checkable without us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.actions.read_accesses import read_access
from medbridge.actions.read_record import read_record
from medbridge.evidence import receipts
from medbridge.fhir.outcome import FhirError, Issue


@dataclass(frozen=True)
class Issued:
    """The receipt (JSON object), the same proof as .ots bytes when anchored and as C2SP .tlog-proof, and the exact
    document it is about."""

    receipt: dict[str, Any]
    ots: bytes | None
    tlog_proof: str
    document: bytes


def issue_receipt(*, actor: Actor, at: datetime, type: str, id: str, version: int | None = None) -> Issued:
    """For whoever may read the document. Raises FhirError 404 like a read, 409 while it is not sealed yet."""
    if type == "AuditEvent":
        subject, document = f"AuditEvent/{id}", read_access(actor=actor, at=at, id=id)
    else:
        found = read_record(actor=actor, at=at, type=type, id=id, version=version)
        subject, document = found.subject, found.body
    try:
        proofs = receipts.issue(subject)
    except receipts.NotYet as error:
        raise FhirError(409, [Issue("transient", f"{error} Ask again in a moment.")]) from None
    return Issued(proofs.receipt, proofs.ots, proofs.tlog_proof, document)
