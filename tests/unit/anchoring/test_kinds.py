"""Anchors on Ethereum and through calendars, from a receipt's file: what holds, and every way of breaking it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from anchoring.chains.ethereum.signing import Key, Unsigned
from anchoring.chains.ethereum.trie import Trie
from anchoring.chains.local import LocalChain
from anchoring.core.anchors.calendar import CalendarProof
from anchoring.core.anchors.evm import EvmProof
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.ethereum.keccak import keccak256
from anchoring.core.ethereum.rlp import Item, encode, integer
from anchoring.core.ethereum.transaction import call_data
from anchoring.core.hashing import sha256
from anchoring.core.payload import Payload
from anchoring.core.receipt import Anchor, Receipt, dump
from anchoring.core.verify import Outcome, Report, verify_bytes
from tests.unit.anchoring.build import Log, unanchored

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
PLACE = 3  # of our transaction among those of the block
CALL = Unsigned(chain_id=1, nonce=7, tip=10**9, max_price=10**11, gas=40_000, to=bytes(20), data=b"")


def checkpoint() -> Checkpoint:
    return Checkpoint.parse(receipt().checkpoint.split("\n\n")[0] + "\n")


@cache
def receipt() -> Receipt:
    return unanchored(Log())


def with_anchor(proof: Any, network: str) -> Receipt:
    whole = receipt()
    return replace(whole, anchors=(Anchor(network, whole.checkpoint, (), proof),))


def header(transactions: bytes, receipts: bytes, time: int = 1_795_000_000) -> bytes:
    items: list[Item] = [bytes(32)] * 4
    items += [transactions, receipts, bytes(256), b"", integer(21_000_000), integer(30_000_000), b"\x01"]
    return encode([*items, integer(time), b"", bytes(32), bytes(8), integer(10**9)])


@cache
def evm(data: bytes, *, status: bytes = b"\x01") -> EvmProof:
    sent = [Key(bytes([n + 1]) * 32).sign(replace(CALL, data=data if n == PLACE else b"x" * n)) for n in range(20)]
    outcomes = [b"\x02" + encode([status, integer(21_000 * n), bytes(256), []]) for n in range(1, 21)]
    transactions, receipts = Trie(sent), Trie(outcomes)
    return EvmProof(header(transactions.root, receipts.root), PLACE, transactions.proof(PLACE), receipts.proof(PLACE))


def report(whole: Receipt, headers: dict[str, bytes] | None = None) -> Report:
    return verify_bytes(dump(whole), headers=headers)


def failed(found: Report) -> list[int]:
    return [check.number for check in found.checks if check.outcome is Outcome.FAIL]


def payload() -> bytes:
    return Payload.of(checkpoint()).encode()


@pytest.mark.parametrize("height", [None, 0, 2**64 - 1], ids=["data", "first call", "last call"])
def test_an_ethereum_anchor_counts_by_the_auditors_word(height: int | None) -> None:
    proof = evm(payload() if height is None else call_data(height, payload()))
    whole = with_anchor(proof, "ethereum")
    assert report(whole).result.value == "VALID_UNANCHORED"
    ours = {"ethereum": sha256(b"another block") + keccak256(proof.header)}
    assert report(whole, ours).result.value == "VALID"
    assert "block 21000000" in report(whole, ours).claim
    assert failed(report(whole, {"ethereum": sha256(b"another block")})) == [15]


def test_without_the_auditors_word_it_says_what_a_forgery_costs() -> None:
    said = {check.number: check.sentence for check in report(with_anchor(evm(payload()), "ethereum")).checks}
    assert "costs nothing" in said[15]


EVM: dict[str, tuple[Callable[[EvmProof], EvmProof], int]] = {
    "another transaction of the block": (lambda it: replace(it, index=PLACE + 1), 12),
    "a node of the way altered": (
        lambda it: replace(it, transaction=(*it.transaction[:-1], it.transaction[-1] + b"x")),
        12,
    ),
    "a node too many": (lambda it: replace(it, transaction=(*it.transaction, it.transaction[-1])), 12),
    "no node": (lambda it: replace(it, transaction=()), 12),
    "the receipt of another": (lambda it: replace(it, receipt=it.transaction), 13),
    "no receipt": (lambda it: replace(it, receipt=()), 13),
    "another header": (lambda it: replace(it, header=header(bytes(32), bytes(32))), 12),
    "a header cut short": (lambda it: replace(it, header=it.header[:-1]), 14),
    "a header of a later year than there is": (
        lambda it: replace(it, header=header(bytes(32), bytes(32), time=2**63)),
        14,
    ),
    "a header that is no list": (lambda it: replace(it, header=b"\x80"), 14),
}


@pytest.mark.parametrize(("change", "check"), EVM.values(), ids=EVM)
def test_a_broken_ethereum_proof_is_named(change: Callable[[EvmProof], EvmProof], check: int) -> None:
    found = report(with_anchor(change(evm(payload())), "ethereum"))
    assert found.result.value == "INVALID"
    assert check in failed(found)


@pytest.mark.parametrize(
    "data",
    [b"", payload()[:-1], payload() + b"\0", b"x" + payload(), call_data(1, payload())[:-1], b"\0" * 4 + payload()],
)
def test_data_that_is_not_the_payload_proves_nothing(data: bytes) -> None:
    assert 11 in failed(report(with_anchor(evm(data), "ethereum")))


def test_a_transaction_that_failed_proves_nothing() -> None:
    assert failed(report(with_anchor(evm(payload(), status=b""), "ethereum"))) == [13]


@pytest.mark.parametrize("network", ["bitcoin", "local", "litecoin-regtest", "nowhere"])
def test_an_ethereum_anchor_cannot_be_on_another_network(network: str) -> None:
    assert 14 in failed(report(with_anchor(evm(payload()), network)))


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> tuple[CalendarProof, bytes]:
    """By the operations that lead from the payload through the transaction of a real block of the local chain."""
    chain = LocalChain(tmp_path_factory.mktemp("chain"))
    digest = sha256(payload())
    signed = chain.build(digest)
    chain.send(signed.raw)
    chain.mine(now=NOW)
    place = chain.poll(signed).place
    assert place is not None
    shown: Any = chain.proof(signed, place)
    before, _, after = shown.transaction.partition(digest)
    operations = [b"\xf1" + before, b"\xf0" + after, b"\x08", b"\x08"]
    for level, sibling in enumerate(shown.path):
        operations += [(b"\xf1" if shown.index >> level & 1 else b"\xf0") + sibling, b"\x08", b"\x08"]
    return CalendarProof(tuple(operations), shown.headers), chain.headers()


def test_a_calendars_operations_lead_to_a_block(calendar: tuple[CalendarProof, bytes]) -> None:
    proof, _ = calendar
    assert report(with_anchor(proof, "local")).result.value == "VALID"


def test_without_headers_only_the_auditors_own_count(calendar: tuple[CalendarProof, bytes]) -> None:
    proof, headers = calendar
    whole = with_anchor(replace(proof, headers=()), "local")
    assert report(whole).result.value == "VALID_UNANCHORED"
    assert report(whole, {"local": headers}).result.value == "VALID"
    assert failed(report(whole, {"local": headers[:800]})) == [15]


CALENDAR: dict[str, tuple[Callable[[CalendarProof], CalendarProof], int]] = {
    "one step less": (lambda it: replace(it, operations=it.operations[:-1]), 11),
    "no steps": (lambda it: replace(it, operations=()), 11),
    "an unknown step": (lambda it: replace(it, operations=(b"\x02", *it.operations)), 11),
    "an empty step": (lambda it: replace(it, operations=(b"", *it.operations)), 1),
    "an argument of no bytes": (lambda it: replace(it, operations=(b"\xf0", *it.operations)), 11),
    "a step that grows without end": (lambda it: replace(it, operations=(b"\xf0" + bytes(4090),) * 3), 11),
    "another block": (lambda it: replace(it, headers=it.headers[1:] or (bytes(80),)), 11),
    "a header without work": (lambda it: replace(it, headers=(it.headers[0], bytes(80))), 14),
}


@pytest.mark.parametrize(("change", "check"), CALENDAR.values(), ids=CALENDAR)
def test_a_broken_calendar_proof_is_named(
    calendar: tuple[CalendarProof, bytes], change: Callable[[CalendarProof], CalendarProof], check: int
) -> None:
    found = report(with_anchor(change(calendar[0]), "local"))
    assert check in failed(found)


@pytest.mark.parametrize("network", ["bitcoin", "ethereum", "litecoin-regtest"])
def test_a_calendars_block_counts_on_its_own_network_only(calendar: tuple[CalendarProof, bytes], network: str) -> None:
    """The same bytes under the name of a network that would be worth something."""
    assert 14 in failed(report(with_anchor(calendar[0], network)))


@pytest.mark.parametrize("kind", ["bitcoin", "opentimestamps"])
def test_a_proof_under_the_name_of_another_kind_is_refused(kind: str) -> None:
    written = json.loads(dump(with_anchor(evm(payload()), "ethereum")))
    written["anchors"][0]["kind"] = kind
    assert failed(verify_bytes(json.dumps(written).encode())) == [1]


def test_a_receipt_of_an_ethereum_anchor_is_small() -> None:
    assert len(dump(with_anchor(evm(payload()), "ethereum"))) < 16_000
