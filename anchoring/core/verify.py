"""The numbered checks of a receipt. Their numbers and meaning: docs/formats.md section 9."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol, TypeVar

from anchoring.core import checks
from anchoring.core.anchors import BY_PROOF
from anchoring.core.anchors.kind import Claim, Place, Skipped
from anchoring.core.checks import Evidence
from anchoring.core.encoding import Malformed
from anchoring.core.network import NETWORKS
from anchoring.core.note import Verifier
from anchoring.core.receipt import Anchor, Receipt, load
from anchoring.core.trust import read_trusted

T_contra = TypeVar("T_contra", contravariant=True)


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
    trusted = {label: read_trusted(label, raw) for label, raw in (headers or {}).items()}
    return examine(Evidence(receipt, document, Verifier.parse(key) if key else None, trusted))


def examine(evidence: Evidence) -> Report:
    """The same with what the auditor brings already read."""
    done = [_LOADED, *(run(finding, evidence, None) for finding in checks.RECEIPT)]
    places = []
    for number, anchor in enumerate(evidence.receipt.anchors):
        made, place = examine_anchor(evidence, anchor, number)
        done += made
        places.append((anchor.network, place))
    failed = [check for check in done if check.outcome is Outcome.FAIL]
    if failed:
        return Report(Result.INVALID, tuple(done), f"The receipt proves nothing: check {failed[0].number} failed.")
    return _conclude(evidence, tuple(done), [(label, place) for label, place in places if place])


def examine_anchor(evidence: Evidence, anchor: Anchor, number: int) -> tuple[list[Check], Place | None]:
    """Checks 10 to 15 of anchor `number`, and where it is when all hold."""
    first = run(checks.ANCHORED_LOG, (evidence, anchor), number)
    try:
        checkpoint = evidence.checkpoint(anchor.checkpoint)
    except ValueError:
        return [first], None  # check 10 says why; nothing can be compared with an unsigned checkpoint
    kind, trusted = BY_PROOF[type(anchor.proof)], evidence.trusted.get(anchor.network)
    claim = Claim(anchor.network, anchor.proof, checkpoint, trusted)
    done = [first, *(run(finding, claim, number) for finding in kind.findings)]
    holds = all(check.outcome is not Outcome.FAIL for check in done)
    return done, kind.place(claim) if holds else None


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


class Numbered(Protocol[T_contra]):
    """A finding of a receipt, or of an anchor."""

    @property
    def number(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def check(self) -> Callable[[T_contra], str]: ...


def run(finding: Numbered[T_contra], subject: T_contra, anchor: int | None) -> Check:
    """One numbered check, its outcome as a value."""
    try:
        sentence, outcome = finding.check(subject), Outcome.PASS
    except Skipped as skipped:
        sentence, outcome = str(skipped), Outcome.SKIP
    except ValueError as error:  # Malformed, ProofError, SignatureError: each message is a sentence
        sentence, outcome = str(error), Outcome.FAIL
    return Check(finding.number, anchor, finding.title, outcome, sentence)


def _conclude(evidence: Evidence, done: tuple[Check, ...], places: Sequence[tuple[str, Place]]) -> Report:
    what = "the document" if evidence.document else f"a document with SHA-256 {evidence.receipt.document.hex()}"
    counted = [(label, place) for label, place in places if place.missing == 0]
    if not counted:
        missing = [place.missing for _, place in places]
        wait = f"its anchor needs {min(missing)} more blocks" if missing else "it is not anchored yet"
        claim = f"The log's operator has signed that {what} is in its log; {wait}, so no public chain bounds the time."
        return Report(Result.VALID_UNANCHORED, done, claim)
    label, best = min(counted, key=lambda pair: pair[1].time)
    claim = f"{what[0].upper()}{what[1:]} existed, as it is, {_no_later_than(label, best, label in evidence.trusted)}"
    return Report(Result.VALID, done, claim)


def _no_later_than(label: str, place: Place, trusted: bool) -> str:
    """A block's clock may be two hours off (Bitcoin's consensus allows it), hence "about"."""
    moment = datetime.fromtimestamp(place.time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    source = "" if trusted else f" The block headers came with the receipt: {place.price}."
    return (
        f"no later than {place.block} of the network {label!r}, whose clock says {moment} "
        f"(block clocks may be two hours off). {label!r} is {NETWORKS[label].worth}.{source}"
    )
