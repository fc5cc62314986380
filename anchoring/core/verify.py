"""The numbered checks of a receipt. Their numbers and meaning: docs/formats.md section 9."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from anchoring.core.receipt import Receipt


class Outcome(Enum):
    PASS = "PASS"  # noqa: S105 - not a password
    FAIL = "FAIL"
    SKIP = "SKIP"  # nothing was given to check against; never makes a receipt valid or invalid


class Result(Enum):
    VALID = "VALID"
    INVALID = "INVALID"
    VALID_UNANCHORED = "VALID_UNANCHORED"


@dataclass(frozen=True, slots=True)
class Check:
    """`anchor` is the anchor's place in the receipt from 0, or None for a check of the receipt itself."""

    number: int
    anchor: int | None
    title: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """`claim` says in one sentence what the receipt proves: no later than, never at."""

    result: Result
    checks: tuple[Check, ...]
    claim: str


def verify(
    receipt: Receipt,
    *,
    document: bytes | None = None,
    key: str | None = None,
    headers: Mapping[str, bytes] | None = None,
) -> Report:
    """`document` is the SHA-256 of the document at hand; `key` a vkey the auditor trusts; `headers` concatenated block
    headers the auditor trusts, by network label. Raises Malformed only for a bad `key` or `headers`."""
    raise NotImplementedError


def verify_bytes(
    raw: bytes, *, document: bytes | None = None, key: str | None = None, headers: Mapping[str, bytes] | None = None
) -> Report:
    """The same from the receipt's file; one that does not load fails check 1."""
    raise NotImplementedError
