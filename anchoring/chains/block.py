"""Whole blocks in Bitcoin's format, regtest rules: parse, assemble, solve."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from anchoring.core.bitcoin.header import SIZE, Header, target
from anchoring.core.bitcoin.merkle import merkle_root
from anchoring.core.bitcoin.script import data_script, push_height
from anchoring.core.bitcoin.transaction import (
    COINBASE_OUTPOINT,
    Reader,
    Transaction,
    TxIn,
    TxOut,
    compact,
    read_transaction,
)
from anchoring.core.hashing import sha256d

VERSION = 0x20000000  # BIP 9, no deployment signalled
REGTEST_BITS = 0x207FFFFF  # about two hashes a block
HALVING = 150  # blocks, regtest
FIRST_SUBSIDY = 50 * 100_000_000
COINBASE_MATURITY = 100
_RESERVED = bytes(32)  # the coinbase's witness, BIP 141
_COMMITMENT_MARK = bytes.fromhex("aa21a9ed")

GENESIS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000010100000001000000000000000000000000000000000000000000000000000000"
    "0000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e20627269"
    "6e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1"
    "a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac000000"
    "00"
)  # the regtest genesis block, a constant of Bitcoin


@dataclass(frozen=True, slots=True)
class Block:
    header: Header
    transactions: tuple[Transaction, ...]

    def serialize(self) -> bytes:
        body = b"".join(transaction.serialize() for transaction in self.transactions)
        return self.header.encode() + compact(len(self.transactions)) + body

    def txids(self) -> list[bytes]:
        return [transaction.txid() for transaction in self.transactions]

    @classmethod
    def parse(cls, raw: bytes) -> "Block":
        """Raises Malformed."""
        reader = Reader(raw, "the block")
        header = Header.parse(reader.take(SIZE))
        transactions = tuple(read_transaction(reader) for _ in reader.items())
        reader.end()
        return cls(header, transactions)


def subsidy(height: int) -> int:
    """Satoshi that block `height` may create; none after 33 halvings."""
    return FIRST_SUBSIDY >> height // HALVING


def assemble(
    previous: bytes,
    height: int,
    time: int,
    transactions: Sequence[Transaction],
    *,
    fees: int,
    script: bytes,
    mark: bytes,
) -> Block:
    """A solved block: coinbase first, paying `script`; `mark` (2 bytes or more) tells blocks of one height apart."""
    coinbase = _coinbase(height, subsidy(height) + fees, script, mark, transactions)
    content = (coinbase, *transactions)
    root = merkle_root([transaction.txid() for transaction in content])
    return Block(solve(Header(VERSION, previous, root, time, REGTEST_BITS, 0)), content)


def solve(header: Header) -> Header:
    goal = target(header.bits)
    while int.from_bytes(header.hash(), "little") > goal:
        header = replace(header, nonce=header.nonce + 1)
    return header


def _coinbase(height: int, value: int, script: bytes, mark: bytes, others: Sequence[Transaction]) -> Transaction:
    root = merkle_root([bytes(32), *(transaction.wtxid() for transaction in others)])  # BIP 141: coinbase counts as 0
    commitment = data_script(_COMMITMENT_MARK + sha256d(root + _RESERVED))
    start = TxIn(COINBASE_OUTPOINT, push_height(height) + bytes((len(mark),)) + mark, witness=(_RESERVED,))
    return Transaction((start,), (TxOut(value, script), TxOut(0, commitment)))
