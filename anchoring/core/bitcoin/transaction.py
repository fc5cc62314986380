"""Transactions: parse, serialise, txid. BIP 144 for the witness form."""

from dataclasses import dataclass

from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256d

MAX_TRANSACTION_BYTES = 100_000  # relay policy: 400 000 weight units
COINBASE_OUTPOINT = bytes(32) + b"\xff\xff\xff\xff"


class Reader:
    """Consumes bytes from the front; every read past the end raises Malformed."""

    def __init__(self, raw: bytes, what: str) -> None:
        self._raw, self._at, self._what = raw, 0, what

    def take(self, count: int) -> bytes:
        if count > len(self._raw) - self._at:
            raise Malformed(f"{self._what} ends at byte {len(self._raw)}, {count} more expected at {self._at}")
        self._at += count
        return self._raw[self._at - count : self._at]

    def integer(self, size: int) -> int:
        """Little-endian, unsigned."""
        return int.from_bytes(self.take(size), "little")

    def compact(self) -> int:
        """CompactSize; a number spelled longer than needed is refused, so that one transaction has one form."""
        first = self.integer(1)
        if first < 0xFD:
            return first
        size = {0xFD: 2, 0xFE: 4, 0xFF: 8}[first]
        value = self.integer(size)
        if value < {2: 0xFD, 4: 1 << 16, 8: 1 << 32}[size]:
            raise Malformed(f"{self._what} spells a length longer than needed at byte {self._at}")
        return value

    def variable(self) -> bytes:
        return self.take(self.compact())

    def items(self) -> range:
        """As many items as follow; a count that the rest cannot hold is refused before anything is allocated."""
        count = self.compact()
        if count > len(self._raw) - self._at:
            raise Malformed(f"{self._what} announces {count} items at byte {self._at}, more than it can hold")
        return range(count)

    def end(self) -> None:
        if self._at != len(self._raw):
            raise Malformed(f"{self._what} has {len(self._raw) - self._at} bytes too many")


def compact(value: int) -> bytes:
    """CompactSize."""
    if value < 0xFD:
        return bytes((value,))
    for mark, size in ((b"\xfd", 2), (b"\xfe", 4), (b"\xff", 8)):
        if value < 1 << (8 * size):
            return mark + value.to_bytes(size, "little")
    raise Malformed(f"{value} is too large for a CompactSize")


def variable(data: bytes) -> bytes:
    return compact(len(data)) + data


@dataclass(frozen=True, slots=True)
class TxIn:
    """`outpoint` is the txid (32, internal order) and the output's number (4, little-endian) that is spent."""

    outpoint: bytes
    script: bytes = b""
    sequence: int = 0xFFFFFFFF
    witness: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class TxOut:
    """`value` in satoshi."""

    value: int
    script: bytes

    def serialize(self) -> bytes:
        return self.value.to_bytes(8, "little") + variable(self.script)


@dataclass(frozen=True, slots=True)
class Transaction:
    inputs: tuple[TxIn, ...]
    outputs: tuple[TxOut, ...]
    version: int = 2
    locktime: int = 0

    def stripped(self) -> bytes:
        """The form without witness, which the txid is the hash of."""
        return self._serialize(marker=b"", witness=b"")

    def serialize(self) -> bytes:
        """The form with witness if there is one."""
        if not any(item.witness for item in self.inputs):
            return self.stripped()
        stacks = (compact(len(i.witness)) + b"".join(variable(element) for element in i.witness) for i in self.inputs)
        return self._serialize(marker=b"\x00\x01", witness=b"".join(stacks))

    def _serialize(self, *, marker: bytes, witness: bytes) -> bytes:
        inputs = (i.outpoint + variable(i.script) + i.sequence.to_bytes(4, "little") for i in self.inputs)
        return b"".join(
            (
                self.version.to_bytes(4, "little") + marker,
                compact(len(self.inputs)),
                *inputs,
                compact(len(self.outputs)),
                *(output.serialize() for output in self.outputs),
                witness + self.locktime.to_bytes(4, "little"),
            )
        )

    def txid(self) -> bytes:
        """32 bytes, internal order (explorers show it reversed: `display`)."""
        return sha256d(self.stripped())

    def wtxid(self) -> bytes:
        return sha256d(self.serialize())

    @property
    def is_coinbase(self) -> bool:
        return len(self.inputs) == 1 and self.inputs[0].outpoint == COINBASE_OUTPOINT

    @classmethod
    def parse(cls, raw: bytes) -> "Transaction":
        """Either form, and nothing after it. Raises Malformed."""
        reader = Reader(raw, "the transaction")
        transaction = read_transaction(reader)
        reader.end()
        return transaction


def read_transaction(reader: Reader) -> Transaction:
    """One transaction from a block or a file. Raises Malformed."""
    version = reader.integer(4)
    count = reader.items()
    segwit = len(count) == 0
    if segwit:
        if reader.take(1) != b"\x01":
            raise Malformed("the transaction has no inputs")
        count = reader.items()
    inputs = [TxIn(reader.take(36), reader.variable(), reader.integer(4)) for _ in count]
    outputs = tuple(TxOut(reader.integer(8), reader.variable()) for _ in reader.items())
    if segwit:
        stacks = [tuple(reader.variable() for _ in reader.items()) for _ in inputs]
        if not any(stacks):
            raise Malformed("the transaction announces a witness and has none")
        inputs = [TxIn(i.outpoint, i.script, i.sequence, w) for i, w in zip(inputs, stacks, strict=True)]
    if not inputs:
        raise Malformed("the transaction has no inputs")
    return Transaction(tuple(inputs), outputs, version, reader.integer(4))


def display(digest: bytes) -> str:
    """A txid or block hash as every Bitcoin tool shows it: bytes reversed, in hex."""
    return digest[::-1].hex()


def undisplay(text: str) -> bytes:
    return bytes.fromhex(text)[::-1]
