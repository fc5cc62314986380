"""A proof-of-work chain in Bitcoin's regtest format on this machine's disk, for development, tests and the demo.

Anyone can forge its work: it shows the whole way of an anchor, it bounds no time. Directory: `blk00000.dat` (blocks,
append-only), `pending/` (sent, not mined), `key` (pays for anchors), `lock`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from anchoring.chains.block import COINBASE_MATURITY, GENESIS, Block, assemble
from anchoring.chains.blockfile import BlockFile
from anchoring.chains.interface import (
    NOTHING,
    PROOF_HEADERS,
    ChainConflict,
    ChainError,
    Funds,
    History,
    Place,
    Presence,
    Signed,
    Status,
)
from anchoring.chains.ledger import Ledger
from anchoring.chains.secret import kept_secret
from anchoring.chains.wallet import DUST, FEE, Wallet
from anchoring.core.anchors.bitcoin import BlockProof
from anchoring.core.bitcoin.merkle import merkle_path
from anchoring.core.bitcoin.transaction import Transaction, display, undisplay

FIRST_BLOCKS = COINBASE_MATURITY + 1  # so that the first coinbase can be spent
FIRST_SPACING = 600  # seconds between them, from the genesis time on: no clock is read


class LocalChain:
    """Implements `interface.Chain`. Every operation holds a file lock, so several processes may use one directory."""

    name = "local"
    network = "local"
    replaceable = False  # it mines whatever waits

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending = path / "pending"
        self._pending.mkdir(parents=True, exist_ok=True)
        with self._lock():
            self._wallet = Wallet(kept_secret(path / "key"))
        self._file = BlockFile(path / "blk00000.dat")
        self._ledger = Ledger(self._wallet.script)
        with self._current():
            self._begin()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Opened anew each time, so that threads of one process exclude each other as well."""
        with (self._path / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _current(self) -> Iterator[Ledger]:
        """The ledger with every block that any process has written."""
        with self._lock():
            for raw in self._file.unread():
                self._ledger.add(raw)
            yield self._ledger

    def _begin(self) -> None:
        """Genesis and the first blocks; a crash here leaves fewer, and the next start makes the rest."""
        if not self._ledger.best:
            self._append(GENESIS)
        missing = range(self._ledger.height + 1, FIRST_BLOCKS + 1)
        start, fresh = self._ledger.at(0).header.time, []
        for height in missing:
            fresh.append(self._block(self._ledger.best[-1], start + FIRST_SPACING * height, []).serialize())
            self._ledger.add(fresh[-1])
        self._file.append(*fresh)

    def _append(self, raw: bytes) -> None:
        self._file.append(raw)
        self._ledger.add(raw)

    def _block(self, parent: bytes, time: int, transactions: list[Transaction]) -> Block:
        ledger = self._ledger
        return assemble(
            parent,
            ledger.known[parent].height + 1,
            max(time, ledger.earliest_time(parent)),
            transactions,
            fees=sum(ledger.fee(transaction) for transaction in transactions),
            script=self._wallet.script,
            mark=len(ledger.known).to_bytes(4, "big"),
        )

    def build(self, payload: bytes, history: History = NOTHING) -> Signed:
        with self._current() as ledger:
            taken = {spent.outpoint for waiting in self._waiting() for spent in waiting.inputs}
            free = [
                (-coin.value, outpoint)
                for outpoint, coin in ledger.coins.items()
                if coin.value >= FEE + DUST and outpoint not in taken and ledger.spendable(outpoint)
            ]
            if not free:
                raise ChainError("the local chain has no coin left that is not already being spent: mine a block")
            value, outpoint = min(free)
            transaction = self._wallet.anchor(payload, outpoint, -value)
            return Signed(display(transaction.txid()), transaction.serialize())

    def funds(self, history: History = NOTHING) -> Funds | None:
        return None  # its coins are worth nothing

    def send(self, raw: bytes) -> bytes:
        transaction = Transaction.parse(raw)
        with self._current() as ledger:
            txid = transaction.txid()
            target = self._pending / display(txid)
            if txid in ledger.mined or target.exists():
                return b""
            taken = {spent.outpoint for waiting in self._waiting() for spent in waiting.inputs}
            for spent in transaction.inputs:
                if spent.outpoint in taken or not ledger.spendable(spent.outpoint):
                    raise ChainConflict(f"transaction {display(txid)} spends a coin that is spent or gone: build anew")
            _write(target, raw)
        return b""

    def _waiting(self) -> list[Transaction]:
        files = sorted(file for file in self._pending.iterdir() if not file.suffix)
        return [Transaction.parse(file.read_bytes()) for file in files]

    def poll(self, signed: Signed, last: Place | None = None) -> Status:
        with self._current() as ledger:
            height = ledger.mined.get(undisplay(signed.txid))
            if height is not None:
                place = Place(height, display(ledger.best[height]))
                return Status(Presence.MINED, place, ledger.height - height + 1)
            waiting = (self._pending / signed.txid).exists()
            return Status(Presence.WAITING if waiting else Presence.UNKNOWN)

    def block_hash(self, height: int) -> str | None:
        with self._current() as ledger:
            return display(ledger.best[height]) if 0 <= height <= ledger.height else None

    def headers(self) -> bytes:
        """Every header of the best chain from genesis, concatenated: what `verify --headers` reads."""
        with self._current() as ledger:
            return b"".join(ledger.known[digest].header.encode() for digest in ledger.best)

    def proof(self, signed: Signed, place: Place) -> BlockProof:
        with self._current() as ledger:
            height = ledger.mined.get(undisplay(signed.txid))
            if height is None or display(ledger.best[height]) != place.block_hash:
                raise ChainError(f"transaction {signed.txid} is not in block {place.block_hash} of the best chain")
            digests = ledger.best[height : height + PROOF_HEADERS]
            block = Block.parse(ledger.at(height).raw)
            txids = block.txids()
            index = txids.index(undisplay(signed.txid))
            return BlockProof(
                transaction=block.transactions[index].stripped(),
                index=index,
                path=tuple(merkle_path(txids, index)),
                coinbase=block.transactions[0].stripped(),
                coinbase_path=tuple(merkle_path(txids, 0)),
                headers=tuple(ledger.known[digest].header.encode() for digest in digests),
                tip=digests[-1],
            )

    def mine(self, *, now: datetime) -> str | None:
        """A crash after the block is written and before `pending/` is cleared is repaired by the next call."""
        with self._current() as ledger:
            ready = [t for t in self._waiting() if all(ledger.spendable(spent.outpoint) for spent in t.inputs)]
            block = self._block(ledger.best[-1], int(now.timestamp()), ready)
            self._append(block.serialize())
            for file in self._pending.iterdir():
                if file.suffix or undisplay(file.name) in ledger.mined:
                    file.unlink()
            return display(block.header.hash())

    def reorganise(self, depth: int, *, now: datetime) -> None:
        """For tests: a longer branch of empty blocks replaces the last `depth`. Their transactions are lost, not
        returned to the waiting ones: the harshest case a node allows."""
        with self._current() as ledger:
            parent = ledger.best[-1 - depth]
            for _ in range(depth + 1):
                block = self._block(parent, int(now.timestamp()), [])
                self._append(block.serialize())
                parent = block.header.hash()


def _write(target: Path, raw: bytes) -> None:
    """Whole or not at all, and on disk when it returns."""
    fresh = target.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
