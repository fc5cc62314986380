"""Checks receipts, ours or anybody's, from their bytes alone: what `python -m anchoring verify` does offline."""

from hashlib import sha256

from anchoring.core.encoding import Malformed
from anchoring.core.verify import Check, Outcome, Report, Result, verify_bytes

__all__ = ["BadKey", "Check", "Outcome", "Report", "Result", "check"]


class BadKey(Exception):
    """The log key given is no key; the text says why."""


def check(receipt: bytes, *, document: bytes | None, key: str | None = None) -> Report:
    """The numbered checks of docs/formats.md section 9; key: the log's vkey that the auditor trusts. Raises BadKey."""
    digest = None if document is None else sha256(document).digest()
    try:
        return verify_bytes(receipt, document=digest, key=key)
    except Malformed as error:
        raise BadKey(str(error)) from None
