"""The local chain: anchors survive crashes, resends, reorganisations and several processes."""

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from anchoring.chains import open_chain
from anchoring.chains.block import subsidy
from anchoring.chains.blockfile import BlockFile
from anchoring.chains.interface import PROOF_HEADERS, ChainConflict, ChainError, Place, Presence
from anchoring.chains.local import FIRST_BLOCKS, LocalChain
from anchoring.core.bitcoin.header import check_headers, read_headers, target
from anchoring.core.bitcoin.script import data_outputs
from anchoring.core.bitcoin.transaction import Transaction, undisplay
from anchoring.core.hashing import sha256d
from tests.unit.anchoring.build import mined_at

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PAYLOAD = b"\x4d\xb1" + bytes(70)


@pytest.fixture
def chain(tmp_path: Path) -> LocalChain:
    return LocalChain(tmp_path)


def block_file(tmp_path: Path) -> Path:
    return tmp_path / "blk00000.dat"


def test_a_new_chain_has_coins_that_can_be_spent(chain: LocalChain) -> None:
    assert data_outputs(Transaction.parse(chain.build(PAYLOAD).raw)) == [PAYLOAD]
    assert chain.block_hash(FIRST_BLOCKS) and not chain.block_hash(FIRST_BLOCKS + 1)


def test_building_sends_nothing(chain: LocalChain) -> None:
    signed = chain.build(PAYLOAD)
    chain.mine(now=NOW)
    assert chain.poll(signed).presence is Presence.UNKNOWN


def test_the_same_payload_builds_the_same_transaction(chain: LocalChain) -> None:
    """So a crash between building and saving costs nothing."""
    assert chain.build(PAYLOAD).txid == chain.build(PAYLOAD).txid


def test_a_sent_transaction_waits_and_is_mined(chain: LocalChain) -> None:
    signed = chain.build(PAYLOAD)
    chain.send(signed.raw)
    assert chain.poll(signed).presence is Presence.WAITING
    digest = chain.mine(now=NOW)
    chain.mine(now=NOW)
    status = chain.poll(signed)
    assert (status.presence, status.place, status.confirmations) == (
        Presence.MINED,
        Place(FIRST_BLOCKS + 1, digest or ""),
        2,
    )


def test_sending_again_changes_nothing(chain: LocalChain) -> None:
    signed = chain.build(PAYLOAD)
    for _ in range(2):
        chain.send(signed.raw)
    chain.mine(now=NOW)
    chain.send(signed.raw)
    chain.mine(now=NOW)
    assert chain.poll(signed).confirmations == 2


def test_two_transactions_of_one_coin_conflict(chain: LocalChain) -> None:
    first, second = chain.build(PAYLOAD), chain.build(b"other")
    chain.send(first.raw)
    with pytest.raises(ChainConflict, match="build anew"):
        chain.send(second.raw)


def test_what_waits_survives_a_restart(chain: LocalChain, tmp_path: Path) -> None:
    signed = chain.build(PAYLOAD)
    chain.send(signed.raw)
    again = LocalChain(tmp_path)
    again.mine(now=NOW)
    assert again.poll(signed).presence is Presence.MINED
    assert chain.poll(signed).presence is Presence.MINED


@pytest.mark.parametrize("lost", [1, 7, 100])
def test_a_torn_write_is_cut_off(chain: LocalChain, tmp_path: Path, lost: int) -> None:
    signed = chain.build(PAYLOAD)
    chain.send(signed.raw)
    kept = block_file(tmp_path).stat().st_size
    chain.mine(now=NOW)
    with block_file(tmp_path).open("r+b") as file:
        file.truncate(max(kept, file.seek(0, 2) - lost))
    again = LocalChain(tmp_path)
    assert not again.block_hash(FIRST_BLOCKS + 1)
    assert block_file(tmp_path).stat().st_size == kept


@pytest.mark.parametrize("size", [3, 8, 200, 5_000])
def test_a_crash_while_the_chain_begins_is_repaired(chain: LocalChain, tmp_path: Path, size: int) -> None:
    with block_file(tmp_path).open("r+b") as file:
        file.truncate(size)
    assert LocalChain(tmp_path).block_hash(FIRST_BLOCKS)


def test_a_crash_after_the_block_and_before_clearing_mines_nothing_twice(chain: LocalChain, tmp_path: Path) -> None:
    signed = chain.build(PAYLOAD)
    chain.send(signed.raw)
    chain.mine(now=NOW)
    (tmp_path / "pending" / signed.txid).write_bytes(signed.raw)
    again = LocalChain(tmp_path)
    again.mine(now=NOW)
    assert again.poll(signed).confirmations == 2
    assert not list((tmp_path / "pending").iterdir())


def test_damage_inside_the_file_is_not_repaired_silently(chain: LocalChain, tmp_path: Path) -> None:
    with block_file(tmp_path).open("r+b") as file:
        file.seek(293)
        file.write(b"XXXX")
    with pytest.raises(ChainError, match="damaged at byte 293"):
        LocalChain(tmp_path)


def test_a_reorganised_anchor_disappears_and_comes_back_when_sent_again(chain: LocalChain) -> None:
    signed = chain.build(PAYLOAD)
    chain.send(signed.raw)
    digest = chain.mine(now=NOW)
    chain.reorganise(1, now=NOW)
    assert chain.poll(signed).presence is Presence.UNKNOWN
    assert chain.block_hash(FIRST_BLOCKS + 1) != digest
    chain.send(signed.raw)
    chain.mine(now=NOW)
    assert chain.poll(signed).confirmations == 1


def test_a_reorganisation_is_seen_by_a_process_that_starts_later(chain: LocalChain, tmp_path: Path) -> None:
    chain.mine(now=NOW)
    chain.reorganise(3, now=NOW)
    assert LocalChain(tmp_path).headers() == chain.headers()


def test_a_proof_leads_to_linked_headers(chain: LocalChain) -> None:
    signed = chain.build(PAYLOAD)
    chain.send(signed.raw)
    for minute in range(PROOF_HEADERS + 3):
        chain.mine(now=NOW + timedelta(minutes=minute))
    proof = chain.proof(signed, mined_at(chain, signed))
    headers = read_headers(b"".join(proof.headers))
    check_headers(headers, easiest=target(0x207FFFFF))
    assert len(headers) == PROOF_HEADERS
    assert (sha256d(proof.transaction), proof.tip) == (undisplay(signed.txid), headers[-1].hash())
    assert headers[0].time == int(NOW.timestamp())


def test_no_proof_before_it_is_mined(chain: LocalChain) -> None:
    with pytest.raises(ChainError, match="not in block"):
        chain.proof(chain.build(PAYLOAD), Place(FIRST_BLOCKS, chain.block_hash(FIRST_BLOCKS) or ""))


def test_headers_run_from_genesis_to_the_tip(chain: LocalChain) -> None:
    headers = read_headers(chain.headers())
    check_headers(headers, easiest=target(0x207FFFFF))
    assert len(headers) == FIRST_BLOCKS + 1


def test_many_anchors_wait_together_until_the_coins_run_out(chain: LocalChain) -> None:
    """Two coinbases are mature at the start; the change of an anchor can be spent once it is mined."""
    for number in range(2):
        chain.send(chain.build(b"%d" % number).raw)
    with pytest.raises(ChainError, match="mine a block"):
        chain.build(b"one too many")
    chain.mine(now=NOW)
    chain.build(b"now there is room")


def test_anchoring_goes_on_when_blocks_create_no_more_coins() -> None:
    """Fees return to us in the coinbase, so the first coins suffice for ever."""
    assert subsidy(149) == 50 * 10**8
    assert subsidy(150) == 25 * 10**8
    assert subsidy(150 * 33) == 0


def test_the_key_is_readable_by_its_owner_only(chain: LocalChain, tmp_path: Path) -> None:
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def _anchor_ten(path: Path, name: int) -> None:
    chain = LocalChain(path)
    for number in range(10):
        while True:
            try:
                signed = chain.build(b"%d/%d" % (name, number))
                chain.send(signed.raw)
                break
            except ChainError:  # the other process took the coin, or all are waiting
                chain.mine(now=NOW)


def test_two_processes_share_a_chain(chain: LocalChain, tmp_path: Path) -> None:
    workers = [multiprocessing.get_context("spawn").Process(target=_anchor_ten, args=(tmp_path, n)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    chain.mine(now=NOW)
    found = set(_payloads(tmp_path))
    assert found >= {b"%d/%d" % (name, number) for name in range(2) for number in range(10)}


def _payloads(tmp_path: Path) -> Iterator[bytes]:
    from anchoring.chains.block import Block

    for raw in BlockFile(block_file(tmp_path)).unread():
        for transaction in Block.parse(raw).transactions:
            yield from data_outputs(transaction)


def test_an_unknown_chain_is_refused_by_name() -> None:
    with pytest.raises(ChainError, match=r"chain 'dogecoin'.*known chains: bitcoin, ethereum, local, opentimestamps"):
        open_chain("dogecoin", {})


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(ChainError, match="'path' is unknown or not set"):
        open_chain("local", {})
