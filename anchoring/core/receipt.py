"""The receipt: one self-contained JSON file. docs/formats.md section 8.

Loading is strict: an unknown, missing or doubled field, a wrong type, a second spelling of a value, or a file past a
limit is refused with one sentence. Sizes of trees are not fields: they come from what is hashed or signed.
"""

import json
from dataclasses import dataclass
from typing import Any

from anchoring.core.block import DirectoryBlock, EntryBlock
from anchoring.core.encoding import HASH_BYTES, Malformed, from_hex
from anchoring.core.entry import Entry

FORMAT = "medbridge-receipt/v1"
KIND_BITCOIN = "bitcoin"
MAX_RECEIPT_BYTES = 1 << 20  # a receipt is about 8 KB; the rest is room for large coinbases and many anchors
MAX_PATH = 64  # an RFC 9162 tree of 2^64 leaves
MAX_CONSISTENCY = 2 * MAX_PATH
MAX_BLOCK_PATH = 32  # far above any block's transactions
MAX_HEADERS = 2016  # two weeks of Bitcoin
MAX_ANCHORS = 16
MAX_INTEGER = 2**53 - 1  # RFC 8259: what every JSON reader keeps exactly
MAX_TEXT = 16_384


@dataclass(frozen=True, slots=True)
class Path:
    """An inclusion path: the leaf's index and its siblings, leaf side first."""

    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BlockProof:
    """A transaction in a block of a Bitcoin-format chain, as `Chain.proof` gives it.

    `transaction` and `coinbase` are serialised without witness; paths are Bitcoin Merkle siblings; `headers` are
    80 bytes each: the block's own, then its successors; `tip` is the hash of the last (internal order).
    """

    transaction: bytes
    index: int
    path: tuple[bytes, ...]
    coinbase: bytes
    coinbase_path: tuple[bytes, ...]
    headers: tuple[bytes, ...]
    tip: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """`network` is a key of `network.NETWORKS`; `checkpoint` the signed note whose body the payload commits to;
    `consistency` the RFC 9162 path between it and the receipt's checkpoint, whichever is older."""

    network: str
    checkpoint: str
    consistency: tuple[bytes, ...]
    proof: BlockProof


@dataclass(frozen=True, slots=True)
class Receipt:
    """`document` is SHA-256 of the document, `log_key` the log's vkey, `checkpoint` a signed note."""

    document: bytes
    salt: bytes
    entry: Entry
    entry_path: Path
    entry_block: EntryBlock
    directory_path: Path
    directory_block: DirectoryBlock
    log_path: Path
    checkpoint: str
    log_key: str
    anchors: tuple[Anchor, ...] = ()


def fields(receipt: Receipt) -> dict[str, Any]:
    """The receipt as a JSON object."""
    raise NotImplementedError


def dump(receipt: Receipt) -> bytes:
    """The receipt's file: indented JSON, UTF-8."""
    return (json.dumps(fields(receipt), indent=2) + "\n").encode()


def load(raw: bytes) -> Receipt:
    """Raises Malformed."""
    raise NotImplementedError
