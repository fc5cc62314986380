"""The best chain among known blocks, in memory: where transactions are, and which of our coins are unspent."""

from dataclasses import dataclass
from statistics import median_high

from anchoring.chains.block import COINBASE_MATURITY, Block
from anchoring.chains.interface import ChainError
from anchoring.core.bitcoin.header import Header
from anchoring.core.bitcoin.transaction import Transaction

MEDIAN_BLOCKS = 11  # a block's time must exceed the median of these before it


@dataclass(frozen=True, slots=True)
class Known:
    """A block and where it stands. `raw` is parsed again when needed: blocks are many, and rarely looked into."""

    raw: bytes
    header: Header
    height: int


@dataclass(frozen=True, slots=True)
class Coin:
    """An unspent output of ours; `mature` is the first height that may spend it."""

    value: int
    mature: int


class Ledger:
    """`script` is the output script of the coins to follow. All blocks have regtest's work, so longest is best and
    the first seen wins a tie. Ids are bytes in internal order."""

    def __init__(self, script: bytes) -> None:
        self._script = script
        self.known: dict[bytes, Known] = {}
        self._forget()

    def _forget(self) -> None:
        self.best: list[bytes] = []
        self.mined: dict[bytes, int] = {}
        self.coins: dict[bytes, Coin] = {}

    @property
    def height(self) -> int:
        return len(self.best) - 1

    def at(self, height: int) -> Known:
        return self.known[self.best[height]]

    def add(self, raw: bytes) -> None:
        """Raises Malformed, or ChainError for a block whose parent is unknown."""
        block = Block.parse(raw)
        digest, parent = block.header.hash(), self.known.get(block.header.previous)
        if self.known and parent is None:
            raise ChainError(f"block {digest[::-1].hex()} has no known parent")
        self.known[digest] = Known(raw, block.header, parent.height + 1 if parent else 0)
        if not self.best or block.header.previous == self.best[-1]:
            self._connect(digest, block)
        elif self.known[digest].height > self.height:
            self._reorganise(digest)

    def _reorganise(self, tip: bytes) -> None:
        """Replay the new best chain from genesis: rare, and simpler than undoing blocks."""
        branch = []
        while tip in self.known:
            branch.append(tip)
            tip = self.known[tip].header.previous
        self._forget()
        for digest in reversed(branch):
            self._connect(digest, Block.parse(self.known[digest].raw))

    def _connect(self, digest: bytes, block: Block) -> None:
        self.best.append(digest)
        for transaction in block.transactions:
            txid = transaction.txid()
            self.mined[txid] = self.height
            for spent in transaction.inputs:
                self.coins.pop(spent.outpoint, None)
            mature = self.height + (COINBASE_MATURITY if transaction.is_coinbase else 1)
            for number, output in enumerate(transaction.outputs):
                if output.script == self._script:
                    self.coins[txid + number.to_bytes(4, "little")] = Coin(output.value, mature)

    def earliest_time(self, parent: bytes) -> int:
        """Seconds since 1970 that a child of this block may state at the least: past the median of its ancestors."""
        times: list[int] = []
        while parent in self.known and len(times) < MEDIAN_BLOCKS:
            times.append(self.known[parent].header.time)
            parent = self.known[parent].header.previous
        return median_high(times) + 1

    def spendable(self, outpoint: bytes) -> bool:
        """In the next block."""
        return outpoint in self.coins and self.coins[outpoint].mature <= self.height + 1

    def fee(self, transaction: Transaction) -> int:
        paid = sum(self.coins[spent.outpoint].value for spent in transaction.inputs)
        return paid - sum(output.value for output in transaction.outputs)
