"""The real Bitcoin consensus library accepts the local chain block by block, and refuses forged ones."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anchoring.chains.block import Block, solve
from anchoring.chains.blockfile import BlockFile
from anchoring.chains.local import LocalChain
from anchoring.core.bitcoin.header import target
from anchoring.core.bitcoin.transaction import display

pbk = pytest.importorskip("pbk", reason="py-bitcoinkernel has no wheel here: consensus of the local chain NOT checked")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def blocks(tmp_path: Path) -> list[bytes]:
    """A chain with anchors, two in one block and one that spends another's change."""
    chain = LocalChain(tmp_path / "chain")
    for number in range(4):
        for half in range(2):
            chain.send(chain.build(b"anchor %d.%d" % (number, half) + bytes(60)).raw)
        chain.mine(now=NOW)
    return list(BlockFile(tmp_path / "chain" / "blk00000.dat").unread())


@pytest.fixture
def kernel(tmp_path: Path):  # type: ignore[no-untyped-def]
    (tmp_path / "kernel").mkdir()
    return pbk.load_chainman(tmp_path / "kernel", pbk.ChainType.REGTEST)


def tip(kernel) -> str:  # type: ignore[no-untyped-def]
    active = kernel.get_active_chain()
    return str(active.block_tree_entries[active.height].block_hash)


def feed(kernel, raw: bytes) -> None:  # type: ignore[no-untyped-def]
    kernel.process_block(pbk.Block(raw))


def test_every_block_becomes_the_tip(kernel, blocks: list[bytes]) -> None:  # type: ignore[no-untyped-def]
    for raw in blocks:
        feed(kernel, raw)
        assert tip(kernel) == display(Block.parse(raw).header.hash())


def test_a_reorganisation_is_followed(kernel, blocks: list[bytes], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    chain = LocalChain(tmp_path / "chain")
    chain.reorganise(2, now=NOW)
    for raw in BlockFile(tmp_path / "chain" / "blk00000.dat").unread():
        feed(kernel, raw)
    assert tip(kernel) == chain.block_hash(kernel.get_active_chain().height)


def _forged_work(block: Block) -> Block:
    header = block.header
    while int.from_bytes(header.hash(), "little") <= target(header.bits):
        header = replace(header, nonce=header.nonce + 1)
    return replace(block, header=header)


def _forged_root(block: Block) -> Block:
    return replace(block, header=solve(replace(block.header, merkle_root=bytes(32))))


def _forged_signature(block: Block) -> Block:
    """Another value paid, and the tree made to fit: only the signature can tell."""
    from anchoring.core.bitcoin.merkle import merkle_root

    anchor = block.transactions[1]
    change = replace(anchor.outputs[1], value=anchor.outputs[1].value - 1)
    forged = replace(anchor, outputs=(anchor.outputs[0], change))
    transactions = (block.transactions[0], forged, *block.transactions[2:])
    root = merkle_root([transaction.txid() for transaction in transactions])
    return Block(solve(replace(block.header, merkle_root=root)), transactions)


@pytest.mark.parametrize("forge", [_forged_work, _forged_root, _forged_signature])
def test_a_forged_block_is_refused(kernel, blocks: list[bytes], forge) -> None:  # type: ignore[no-untyped-def]
    for raw in blocks[:-1]:
        feed(kernel, raw)
    before, forged = tip(kernel), forge(Block.parse(blocks[-1])).serialize()
    with suppress(pbk.ProcessBlockException):  # some forgeries are refused later than the call returns
        feed(kernel, forged)
    assert tip(kernel) == before
