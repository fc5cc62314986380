"""Check a receipt against its document, as anyone can offline with `python -m anchoring verify`."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.evidence import verification
from medbridge.evidence.verification import Check, Outcome, Report, Result
from medbridge.fhir.outcome import FhirError, Issue

__all__ = ["Check", "Outcome", "Report", "Result", "check_receipt"]

# A receipt with a dozen anchors has some 60 kB.
RECEIPT_LIMIT_BYTES = 4 * 2**20


def check_receipt(*, actor: Actor, at: datetime, receipt: bytes, document: bytes | None, key: str = "") -> Report:
    """Every check with its outcome and a sentence. key: the log's public key that the auditor trusts.

    Reads nothing of MedBridge and so leaves no access record. Raises FhirError 413 for a receipt past the limit, 400
    for a key that is none; a bad receipt is a report that fails.
    """
    if len(receipt) > RECEIPT_LIMIT_BYTES:
        raise FhirError(413, [Issue("too-long", f"A receipt has at most {RECEIPT_LIMIT_BYTES} bytes.")])
    try:
        return verification.check(receipt, document=document, key=key.strip() or None)
    except verification.BadKey as error:
        raise FhirError(400, [Issue("invalid", f"The log key cannot be read: {error}")]) from None
