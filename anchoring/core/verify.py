"""The numbered checks of a receipt. Their numbers and meaning: docs/formats.md section 9."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from anchoring.core import checks
from anchoring.core.bitcoin.header import Header, check_headers, read_headers
from anchoring.core.checks import Evidence, Finding, Skipped
from anchoring.core.encoding import Malformed
from anchoring.core.network import NETWORKS
from anchoring.core.note import Verifier
from anchoring.core.receipt import Receipt, load
from anchoring.core.tree import ProofError


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


_LOADED = Check(1, None, "receipt", Outcome.PASS, "the receipt is well-formed")


def verify(
    receipt: Receipt,
    *,
    document: bytes | None = None,
    key: str | None = None,
    headers: Mapping[str, bytes] | None = None,
) -> Report:
    """`document` is the SHA-256 of the document at hand; `key` a vkey the auditor trusts; `headers` concatenated block
    headers the auditor trusts, by network label. Raises Malformed only for a bad `key` or `headers`."""
    trusted = {label: _trusted(label, raw) for label, raw in (headers or {}).items()}
    evidence = Evidence(receipt, document, Verifier.parse(key) if key else None, trusted)
    done = [_LOADED, *(_run(finding, evidence, None) for finding in checks.RECEIPT)]
    for place in range(len(receipt.anchors)):
        done += [_run(finding, evidence, place) for finding in checks.ANCHOR]
    failed = [check for check in done if check.outcome is Outcome.FAIL]
    if failed:
        return Report(Result.INVALID, tuple(done), f"The receipt proves nothing: check {failed[0].number} failed.")
    return _conclude(evidence, tuple(done))


def verify_bytes(
    raw: bytes,
    *,
    document: bytes | None = None,
    key: str | None = None,
    headers: Mapping[str, bytes] | None = None,
) -> Report:
    """The same from the receipt's file; one that does not load fails check 1."""
    try:
        receipt = load(raw)
    except Malformed as error:
        failed = Check(1, None, "receipt", Outcome.FAIL, str(error))
        return Report(Result.INVALID, (failed,), "The receipt proves nothing: check 1 failed.")
    return verify(receipt, document=document, key=key, headers=headers)


def _trusted(label: str, raw: bytes) -> list[Header]:
    if label not in NETWORKS:
        raise Malformed(f"headers were given for {label!r}, a network this verifier does not know")
    network, headers = NETWORKS[label], read_headers(raw)
    try:
        check_headers(headers, easiest=network.easiest, pow_hash=network.pow_hash)
    except ProofError as error:
        raise Malformed(f"the trusted headers of {label}: {error}") from error
    return headers


def _run(finding: Finding, evidence: Evidence, place: int | None) -> Check:
    try:
        sentence, outcome = finding.check(evidence, place or 0), Outcome.PASS
    except Skipped as skipped:
        sentence, outcome = str(skipped), Outcome.SKIP
    except ValueError as error:  # Malformed, ProofError, SignatureError: each message is a sentence
        sentence, outcome = str(error), Outcome.FAIL
    return Check(finding.number, place, finding.title, outcome, sentence)


def _conclude(evidence: Evidence, done: tuple[Check, ...]) -> Report:
    what = "the document" if evidence.document else f"a document with SHA-256 {evidence.receipt.document.hex()}"
    counted = [n for n in range(len(evidence.receipt.anchors)) if checks.shortfall(evidence, n) == 0]
    if not counted:
        missing = [checks.shortfall(evidence, n) for n in range(len(evidence.receipt.anchors))]
        wait = f"its anchor needs {min(missing)} more blocks" if missing else "it is not anchored yet"
        claim = f"The log's operator has signed that {what} is in its log; {wait}, so no public chain bounds the time."
        return Report(Result.VALID_UNANCHORED, done, claim)
    best = min(counted, key=lambda n: evidence.header(n).time)
    claim = f"{what[0].upper()}{what[1:]} existed, as it is, {checks.no_later_than(evidence, best)}"
    return Report(Result.VALID, done, claim)
