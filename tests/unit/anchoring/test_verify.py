"""Every part of a receipt is checked, and the check that fails says so by its number."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256
from anchoring.core.network import NETWORKS
from anchoring.core.receipt import MAX_RECEIPT_BYTES, dump, load
from anchoring.core.verify import Outcome, Report, Result, verify, verify_bytes
from tests.unit.anchoring.broken import BROKEN, EXAMPLE, dumped, flipped
from tests.unit.anchoring.build import DOCUMENT, MALLORY, SIGNER, anchored

HEADERS = (Path(__file__).parent / "vectors" / "headers").read_bytes()
DIGEST = sha256(DOCUMENT)


def failed(report: Report) -> list[int]:
    return [check.number for check in report.checks if check.outcome is Outcome.FAIL]


def leaves(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """The path to every string and number of a JSON value."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, *path, step)
    else:
        yield path


LEAVES = list(leaves(json.loads(EXAMPLE)))


def test_a_good_receipt_is_valid() -> None:
    report = verify_bytes(EXAMPLE, document=DIGEST)
    assert (report.result, failed(report)) == (Result.VALID, [])


def test_the_claim_says_no_later_than_and_names_the_network() -> None:
    claim = verify_bytes(EXAMPLE, document=DIGEST).claim
    assert "no later than block 102 of the network 'local'" in claim
    assert "anyone can forge its proof of work" in claim


@pytest.mark.parametrize("defect", BROKEN)
def test_a_broken_receipt_fails_at_the_check_that_names_it(defect: str) -> None:
    report = verify_bytes(BROKEN[defect].raw, document=DIGEST)
    assert report.result is Result.INVALID
    assert failed(report)[0] == BROKEN[defect].check


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: ".".join(map(str, path)))
def test_no_value_can_change_unseen(path: tuple[str | int, ...]) -> None:
    receipt = json.loads(EXAMPLE)
    holder = receipt
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = old + 1 if isinstance(old, int) else flipped(old)
    assert verify_bytes(dumped(receipt), document=DIGEST).result is Result.INVALID


@pytest.mark.parametrize("byte", range(60))
def test_no_byte_of_the_last_header_can_change_unseen(byte: int) -> None:
    """A regtest header meets its target by chance every second time: only `tip` holds the last one fast."""
    receipt = json.loads(EXAMPLE)
    headers = receipt["anchors"][0]["proof"]["headers"]
    raw = bytearray.fromhex(headers[-1])
    raw[byte + 20] ^= 1
    headers[-1] = raw.hex()
    assert verify_bytes(dumped(receipt), document=DIGEST).result is Result.INVALID


def test_another_document_fails_check_2() -> None:
    assert failed(verify_bytes(EXAMPLE, document=sha256(DOCUMENT + b" "))) == [2]


def test_without_a_document_the_receipt_speaks_of_its_digest() -> None:
    report = verify_bytes(EXAMPLE)
    assert report.result is Result.VALID
    assert DIGEST.hex() in report.claim


def test_a_receipt_without_anchor_is_valid_but_unanchored() -> None:
    report = verify(replace(load(EXAMPLE), anchors=()), document=DIGEST)
    assert report.result is Result.VALID_UNANCHORED
    assert "no public chain bounds the time" in report.claim


def test_too_few_blocks_leave_a_receipt_unanchored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "local", replace(NETWORKS["local"], confirmations=6))
    report = verify_bytes(EXAMPLE, document=DIGEST)
    assert report.result is Result.VALID_UNANCHORED
    assert "needs 3 more blocks" in report.claim


def test_trusted_headers_count_as_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "local", replace(NETWORKS["local"], confirmations=6))
    assert verify_bytes(EXAMPLE, document=DIGEST, headers={"local": HEADERS}).result is Result.VALID


def test_the_auditors_own_key_and_headers_are_compared() -> None:
    report = verify_bytes(EXAMPLE, document=DIGEST, key=SIGNER.verifier.vkey, headers={"local": HEADERS})
    assert report.result is Result.VALID
    assert all(check.outcome is Outcome.PASS for check in report.checks)


def test_a_log_with_another_key_fails_check_9() -> None:
    assert failed(verify_bytes(EXAMPLE, document=DIGEST, key=MALLORY.verifier.vkey)) == [9]


def test_a_block_that_the_auditor_does_not_know_fails_check_15() -> None:
    report = verify_bytes(EXAMPLE, document=DIGEST, headers={"local": HEADERS[: 80 * 102]})
    assert failed(report) == [15, 15]


@pytest.mark.parametrize(
    ("network", "headers", "message"),
    [
        ("local", HEADERS[:-1], "multiple of 80"),
        ("local", HEADERS[80:160] + HEADERS[:80], "does not follow"),
        ("bitcoin", HEADERS, "easier target"),
        ("moon", HEADERS, "does not know"),
    ],
)
def test_headers_that_deserve_no_trust_are_refused(network: str, headers: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        verify_bytes(EXAMPLE, headers={network: headers})


def test_a_receipt_reads_back(tmp_path: Path) -> None:
    receipt, _ = anchored(tmp_path)
    assert load(dump(receipt)) == receipt
    assert verify(receipt, document=DIGEST).result is Result.VALID


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b" " * (MAX_RECEIPT_BYTES + 1), "larger than 1048576 bytes"),
        (b"[" * 1_000_000, "nests deeper than 16"),
        (b'{"a":' * 100_000, "nests deeper than 16"),
        (b"9" * 100_000, "too long"),
        (b"[1e999]", "not a whole number"),
        (b"[NaN]", "not a whole number"),
        (b"[]", "receipt must be an object"),
        (b"{}", "has no field"),
        (EXAMPLE[: len(EXAMPLE) // 2], "not JSON at line"),
        (EXAMPLE.replace(b'"index": 3', b'"index": true'), "receipt.entry_path.index must be a whole number"),
        (EXAMPLE.replace(b'"index": 3', b'"index": -3'), "receipt.entry_path.index must be between 0 and 2^53-1"),
        (EXAMPLE.replace(b'"index": 3', b'"index": null'), "receipt.entry_path.index must be a whole number"),
    ],
)
def test_a_hostile_file_is_refused_in_one_sentence(raw: bytes, message: str) -> None:
    (check,) = verify_bytes(raw).checks
    assert message in check.sentence
    assert "\n" not in check.sentence


@pytest.mark.parametrize("size", range(0, len(EXAMPLE) - 3, 211))
def test_a_truncated_file_is_refused(size: int) -> None:
    assert failed(verify_bytes(EXAMPLE[:size])) == [1]


def test_too_many_anchors_are_refused() -> None:
    receipt = json.loads(EXAMPLE)
    receipt["anchors"] = [deepcopy(receipt["anchors"][0]) for _ in range(17)]
    assert "more than 16 items" in verify_bytes(dumped(receipt)).checks[0].sentence
