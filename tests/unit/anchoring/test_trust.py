"""The auditor's own headers: linked, with work, and of several branches the one with the most work."""

from pathlib import Path

import pytest

from anchoring.core.bitcoin.header import SIZE, Header, read_headers, target
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256
from anchoring.core.trust import read_trusted
from anchoring.core.verify import Outcome, Result, verify_bytes
from tests.unit.anchoring.broken import EXAMPLE

HEADERS = (Path(__file__).parent / "vectors" / "headers").read_bytes()
CHAIN = read_headers(HEADERS)


def mined(previous: Header, bits: int, salt: int) -> Header:
    """A block of Mallory's on top of `previous`, with the work that `bits` demands."""
    for nonce in range(1 << 20):
        header = Header(4, previous.hash(), sha256(b"%d" % salt), previous.time + 600, bits, nonce)
        if int.from_bytes(header.hash(), "little") <= target(bits):
            return header
    raise AssertionError("no luck in a million tries")


def branch(above: Header, length: int, bits: int = 0x207FFFFF) -> list[Header]:
    made = [above]
    for number in range(length):
        made.append(mined(made[-1], bits, number))
    return made[1:]


def raw(headers: list[Header]) -> bytes:
    return b"".join(header.encode() for header in headers)


def test_a_shorter_branch_in_the_file_does_not_count() -> None:
    fork = branch(CHAIN[50], 5)
    trusted = read_trusted("local", HEADERS + raw(fork))
    assert trusted.depth(CHAIN[-1].hash()) == 1
    assert trusted.depth(fork[-1].hash()) is None


def test_a_longer_branch_replaces_the_other_from_where_they_part() -> None:
    fork = branch(CHAIN[-2], 3)
    trusted = read_trusted("local", HEADERS + raw(fork))
    assert trusted.depth(CHAIN[-1].hash()) is None
    assert trusted.depth(CHAIN[0].hash()) == len(CHAIN) + 2


def test_work_counts_and_not_length() -> None:
    """One block of 2^9 times the work outweighs all blocks above the fork."""
    heavy = branch(CHAIN[10], 1, bits=0x1F7FFFFF)
    trusted = read_trusted("local", HEADERS + raw(heavy))
    assert trusted.depth(heavy[0].hash()) == 1
    assert trusted.depth(CHAIN[-1].hash()) is None


def test_an_anchor_in_the_branch_with_less_work_is_refused() -> None:
    heavy = branch(CHAIN[10], 1, bits=0x1F7FFFFF)
    report = verify_bytes(EXAMPLE, headers={"local": HEADERS + raw(heavy)})
    assert report.result is Result.INVALID
    assert {check.number for check in report.checks if check.outcome is Outcome.FAIL} == {15}


def test_a_header_without_its_work_is_refused() -> None:
    last = CHAIN[-1]
    nonce = next(n for n in range(99) if int.from_bytes(_with(last, n).hash(), "little") > target(last.bits))
    with pytest.raises(Malformed, match="no proof of work"):
        read_trusted("local", HEADERS + raw([mined(last, last.bits, 0)]) + raw([_with(last, nonce)]))


def _with(header: Header, nonce: int) -> Header:
    return Header(header.version, header.previous, header.merkle_root, header.time, header.bits, nonce)


def test_bitcoins_first_blocks_are_easier_than_what_an_anchor_needs() -> None:
    """The genesis block, so that an auditor may bring the whole chain."""
    genesis = bytes.fromhex(
        "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a5132"
        "3a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
    )
    assert len(genesis) == SIZE
    assert read_trusted("bitcoin", genesis).size == 1


def test_ethereum_blocks_are_trusted_by_hash() -> None:
    assert read_trusted("ethereum", bytes(32) + b"a" * 32).depth(b"a" * 32) == 1
    with pytest.raises(Malformed, match="32-byte hashes"):
        read_trusted("ethereum", bytes(33))


def test_without_headers_the_report_says_what_forging_costs() -> None:
    report = verify_bytes(EXAMPLE)
    (note, _) = [check for check in report.checks if check.number == 15]
    assert "came with the receipt: to forge them takes 6.0e+00 hashes, nothing" in note.sentence
    assert "The block headers came with the receipt: to forge them" in report.claim


def test_with_headers_it_does_not() -> None:
    assert "came with the receipt" not in verify_bytes(EXAMPLE, headers={"local": HEADERS}).claim
