"""Block headers: Yellow Paper section 4.4. Later forks only add fields at the end."""

from dataclasses import dataclass

from anchoring.core.encoding import Malformed
from anchoring.core.ethereum.keccak import keccak256
from anchoring.core.ethereum.rlp import Item, fields

FEWEST_FIELDS = 15
_HASH_BYTES = 32
_MAX_TIME = 253_402_300_799  # the year 9999


@dataclass(frozen=True, slots=True)
class Header:
    """`hash` and roots 32 bytes; `time` in seconds since 1970."""

    hash: bytes
    transactions_root: bytes
    receipts_root: bytes
    number: int
    time: int

    @classmethod
    def parse(cls, raw: bytes) -> "Header":
        """Raises Malformed."""
        items = fields(raw, "the block header")
        if len(items) < FEWEST_FIELDS:
            raise Malformed(f"a block header has at least {FEWEST_FIELDS} fields, not {len(items)}")
        number, time = (_number(items[place]) for place in (8, 11))
        if time > _MAX_TIME:
            raise Malformed("the block header's time is past the year 9999")
        return cls(keccak256(raw), _root(items[4]), _root(items[5]), number, time)


def _root(item: Item) -> bytes:
    if not isinstance(item, bytes) or len(item) != _HASH_BYTES:
        raise Malformed("a root in the block header is not 32 bytes")
    return item


def _number(item: Item) -> int:
    if not isinstance(item, bytes) or len(item) > 8 or item[:1] == b"\0":
        raise Malformed("a number in the block header is not one of at most 8 bytes")
    return int.from_bytes(item, "big")
