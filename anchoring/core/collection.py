"""Many receipts in one file, what they share written once. docs/formats.md section 12.

Each line is a JSON object. What several receipts share stands before them and is checked once: the checkpoint with its
anchors ("log"), then the two blocks ("block"); each further line is the rest of one receipt.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from anchoring.core import strict_json as sj
from anchoring.core.checks import RECEIPT, Evidence
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import commitment
from anchoring.core.note import Verifier
from anchoring.core.receipt import BLOCK_PART, LOG_PART, OWN_PART, Receipt
from anchoring.core.tree import ProofError, check_inclusion, leaf_hash
from anchoring.core.trust import Trusted
from anchoring.core.verify import Check, Outcome, Result, examine_anchor, run

FORMAT = "medbridge-receipts/v1"
MAX_LINE = 1 << 20  # as a receipt
MAX_NAME = 256
NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*){0,7}")
BLOCK_CHECKS, LOG_CHECKS = (6, 7), (8, 9)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one line. `name` is what the exporter calls the document, `document` its SHA-256 by the receipt; both are
    empty for a line that is no receipt. `sentence` says which check failed."""

    line: int
    result: Result
    name: str = ""
    document: bytes = b""
    sentence: str = ""


@dataclass
class Collection:
    """Reads and judges one file. `key` and `trusted` are what the auditor brings, as in verify."""

    key: Verifier | None = None
    trusted: Mapping[str, Trusted] = field(default_factory=dict)
    _log: dict[str, Any] | None = None
    _block: dict[str, Any] | None = None
    _log_result: Result | None = None  # None: not judged yet
    _log_failure: str | None = None
    _block_failure: str | None = None
    _reach: int = 0  # blocks that every anchor of the log covers
    _judged: bool = False  # the block
    _receipts: int = 0

    def verify(self, file: BinaryIO) -> Iterator[Verdict]:
        """A verdict for each receipt, for each line that is no such thing, and for a file that was cut off."""
        ended = False
        for number, raw in _lines(file):
            try:
                value = _object(raw)
                if number == 1:
                    _expect(value, {"format": FORMAT}, "the first line must be")
                elif ended:
                    raise Malformed("something follows the last line")
                elif value.keys() == {"receipts"}:
                    ended = True
                    _expect(value, {"receipts": self._receipts}, "the last line must be")
                elif "name" in value:
                    self._receipts += 1
                    yield self._receipt(number, value)
                else:
                    self._share(value)
            except ValueError as error:
                yield Verdict(number, Result.INVALID, sentence=str(error))
                if number == 1:
                    return  # some other file: one line about it is enough
        if not ended:
            yield Verdict(0, Result.INVALID, sentence="the file was cut off: its last line is missing")

    def _share(self, value: dict[str, Any]) -> None:
        self._block = None
        if "log" in value:
            self._log = self._log_result = self._log_failure = None
            self._log = LOG_LINE.read(value, "line")["log"]
        else:
            read = BLOCK_LINE.read(value, "line")["block"]
            self._block, self._block_failure = read, None
            self._judged = False

    def _receipt(self, number: int, value: dict[str, Any]) -> Verdict:
        name = value.pop("name")
        if not isinstance(name, str) or len(name) > MAX_NAME or not NAME.fullmatch(name):
            raise Malformed("a name is one to eight parts of letters, digits, '.', '_' and '-', with slashes between")
        own = OWN_PART.read(value, "line")
        result, sentence = self._judge(own)
        return Verdict(number, result, name, own["document"], sentence)

    def _judge(self, own: dict[str, Any]) -> tuple[Result, str]:
        if self._log is None or self._block is None:
            return Result.INVALID, "no valid log line and block line stand before this receipt"
        if not self._judged:
            self._judge_shared(Receipt(**own, **self._block, **self._log))
        if self._block_failure:
            return Result.INVALID, self._block_failure
        try:
            _check_own(own, self._block)
        except ValueError as error:
            return Result.INVALID, str(error)
        return self._log_result or Result.INVALID, ""

    def _judge_shared(self, receipt: Receipt) -> None:
        """Checks 6 to 15, of the block's first receipt; the others have these parts in common with it."""
        evidence = Evidence(receipt, None, self.key, self.trusted)
        self._judged = True
        done = [run(finding, evidence, None) for finding in RECEIPT if finding.number in BLOCK_CHECKS]
        if self._log_result is None:
            self._judge_log(evidence)
        self._block_failure = _first_failure(done) or self._log_failure
        if self._block_failure:
            return
        if receipt.anchors and receipt.log_path.index >= self._reach:
            self._block_failure = "check 10: an anchor of the log line does not reach the directory block"

    def _judge_log(self, evidence: Evidence) -> None:
        done = [run(finding, evidence, None) for finding in RECEIPT if finding.number in LOG_CHECKS]
        counted, sizes = False, []
        for number, anchor in enumerate(evidence.receipt.anchors):
            checks, place = examine_anchor(evidence, anchor, number)
            done += checks
            if place is not None:
                counted = counted or place.missing == 0
                sizes.append(evidence.checkpoint(anchor.checkpoint).size)
        self._reach = min(sizes, default=0)
        self._log_failure = _first_failure(done)
        self._log_result = Result.VALID if counted else Result.VALID_UNANCHORED


def _first_failure(checks: list[Check]) -> str | None:
    return next((f"check {c.number}: {c.sentence}" for c in checks if c.outcome is Outcome.FAIL), None)


def _check_own(own: dict[str, Any], block: dict[str, Any]) -> None:
    """Checks 3 to 5. Raises ProofError."""
    entry, header, path = own["entry"], block["entry_block"], own["entry_path"]
    if commitment(own["salt"], own["document"]) != entry.commitment:
        raise ProofError("check 3: salt and document digest do not give the entry's commitment")
    if entry.chain != header.chain or entry.sequence != header.first + path.index:
        raise ProofError("check 4: chain, sequence and index of the entry do not fit its block")
    try:
        check_inclusion(leaf_hash(entry.hash()), path.index, header.count, path.path, header.root)
    except ProofError as error:
        raise ProofError(f"check 5: {error}") from error


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Numbered from 1. The reading ends with a line past the limit: no more memory than that is used."""
    number = 1
    while raw := file.readline(MAX_LINE + 1):
        yield number, raw
        if len(raw) > MAX_LINE:
            return
        number += 1


def _object(raw: bytes) -> dict[str, Any]:
    value = sj.parse(raw, limit=MAX_LINE, what="the line")
    if not isinstance(value, dict):
        raise Malformed("the line must be an object")
    return value


def _expect(value: dict[str, Any], wanted: dict[str, Any], what: str) -> None:
    if value != wanted:
        raise Malformed(f"{what} {json.dumps(wanted)}")


LOG_LINE = sj.record(dict, {"log": LOG_PART})
BLOCK_LINE = sj.record(dict, {"block": BLOCK_PART})


def head() -> bytes:
    return _line({"format": FORMAT})


def log_line(receipt: Receipt) -> bytes:
    return _line({"log": LOG_PART.write(receipt)})


def block_line(receipt: Receipt) -> bytes:
    return _line({"block": BLOCK_PART.write(receipt)})


def receipt_line(receipt: Receipt, name: str) -> bytes:
    return _line({"name": name, **OWN_PART.write(receipt)})


def tail(receipts: int) -> bytes:
    """The last line, so that a file that was cut off is seen."""
    return _line({"receipts": receipts})


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
