"""Hashes and the salted commitment that is all the log ever learns of a document."""

import hashlib

from anchoring.core.encoding import hash32

COMMITMENT_TAG = b"MedBridge/leaf/v1\x00"


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def sha256d(data: bytes) -> bytes:
    """SHA-256 twice: Bitcoin's hash of transactions, Merkle nodes and headers."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def commitment(salt: bytes, document_digest: bytes) -> bytes:
    """SHA-256(COMMITMENT_TAG || salt(32) || SHA-256(document)(32)), docs/formats.md section 1.

    Without the salt the value tells nothing, however few documents are possible: destroying the salt is erasure.
    Raises Malformed when either is not 32 bytes.
    """
    return sha256(COMMITMENT_TAG + hash32(salt, "salt") + hash32(document_digest, "document digest"))
