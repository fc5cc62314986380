"""What an anchor needs of transactions and their receipts: places in RLP lists, and the call of our contract."""

from anchoring.core.encoding import Malformed
from anchoring.core.ethereum.keccak import keccak256
from anchoring.core.ethereum.rlp import fields

WORD = 32
SELECTOR = keccak256(b"anchor(uint64,bytes)")[:4]
# Place of the data in the list after the type byte: EIP-2718 legacy, EIP-2930, EIP-1559.
_DATA = {None: 5, 1: 6, 2: 7}
_FIRST_LIST = 0xC0  # of RLP; a type byte is below


def call_data(height: int, payload: bytes) -> bytes:
    """anchor(height, payload) as the contract ABI encodes it."""
    words = height.to_bytes(WORD, "big"), (2 * WORD).to_bytes(WORD, "big"), len(payload).to_bytes(WORD, "big")
    return SELECTOR + b"".join(words) + payload + bytes(-len(payload) % WORD)


def transaction_data(raw: bytes) -> bytes:
    """Raises Malformed for a transaction of a kind that carries no anchor."""
    kind, listed = _typed(raw)
    if kind not in _DATA:
        raise Malformed(f"a transaction of type {kind} carries no anchor")
    data = fields(listed, "the transaction")[_DATA[kind] :][:1]
    if not data or not isinstance(data[0], bytes):
        raise Malformed("the transaction has no data")
    return data[0]


def succeeded(raw: bytes) -> bool:
    """A transaction's receipt, EIP-658. Raises Malformed."""
    listed = fields(_typed(raw)[1], "the transaction's receipt")
    return bool(listed) and listed[0] == b"\x01"


def carries(data: bytes, payload: bytes) -> bool:
    """The payload itself, or our contract's call with it in its one encoding."""
    height = int.from_bytes(data[len(SELECTOR) : len(SELECTOR) + WORD], "big")
    return data == payload or data == call_data(height, payload)


def _typed(raw: bytes) -> tuple[int | None, bytes]:
    if not raw:
        raise Malformed("the transaction is empty")
    return (None, raw) if raw[0] >= _FIRST_LIST else (raw[0], raw[1:])
