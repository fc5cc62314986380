"""The receipt: one self-contained JSON file. docs/formats.md section 8.

Loading is strict: an unknown, missing or doubled field, a wrong type, a second spelling of a value, or a file past a
limit is refused with one sentence. Sizes of trees are not fields: they come from what is hashed or signed.
"""

import json
from dataclasses import dataclass
from typing import Any

from anchoring.core import strict_json as sj
from anchoring.core.bitcoin.transaction import MAX_TRANSACTION_BYTES
from anchoring.core.block import DirectoryBlock, EntryBlock
from anchoring.core.entry import Entry
from anchoring.core.note import MAX_NOTE_CHARACTERS

FORMAT = "medbridge-receipt/v1"
KIND_BITCOIN = "bitcoin"
MAX_RECEIPT_BYTES = 1 << 20  # a receipt is about 8 KB; the rest is room for large coinbases and many anchors
MAX_PATH = 64  # an RFC 9162 tree of 2^64 leaves
MAX_CONSISTENCY = 2 * MAX_PATH
MAX_BLOCK_PATH = 32  # far above any block's transactions
MAX_HEADERS = 2016  # two weeks of Bitcoin
MAX_ANCHORS = 16


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


_HASH = sj.hexadecimal(size=32)
_TRANSACTION = sj.hexadecimal(limit=MAX_TRANSACTION_BYTES)
_BLOCK_PATH = sj.array(_HASH, MAX_BLOCK_PATH)
_TEXT = sj.text(MAX_NOTE_CHARACTERS)
_PATH = sj.record(Path, {"index": sj.integer, "path": sj.array(_HASH, MAX_PATH)})
_ENTRY = sj.record(
    Entry,
    {"chain": _HASH, "sequence": sj.integer, "previous": _HASH, "time": sj.integer, "commitment": _HASH},
)
_ENTRY_BLOCK = sj.record(
    EntryBlock,
    {
        "chain": _HASH,
        "sequence": sj.integer,
        "height": sj.integer,
        "previous": _HASH,
        "first": sj.integer,
        "count": sj.integer,
        "root": _HASH,
    },
)
_DIRECTORY_BLOCK = sj.record(
    DirectoryBlock,
    {"height": sj.integer, "previous": _HASH, "time": sj.integer, "count": sj.integer, "root": _HASH},
)
_PROOF = sj.record(
    BlockProof,
    {
        "transaction": _TRANSACTION,
        "index": sj.integer,
        "path": _BLOCK_PATH,
        "coinbase": _TRANSACTION,
        "coinbase_path": _BLOCK_PATH,
        "headers": sj.array(sj.hexadecimal(size=80), MAX_HEADERS),
        "tip": sj.hexadecimal(size=32, backwards=True),
    },
)
_ANCHOR = sj.record(
    Anchor,
    {"network": _TEXT, "checkpoint": _TEXT, "consistency": sj.array(_HASH, MAX_CONSISTENCY), "proof": _PROOF},
    kind=KIND_BITCOIN,
)
_RECEIPT = sj.record(
    Receipt,
    {
        "document": _HASH,
        "salt": _HASH,
        "entry": _ENTRY,
        "entry_path": _PATH,
        "entry_block": _ENTRY_BLOCK,
        "directory_path": _PATH,
        "directory_block": _DIRECTORY_BLOCK,
        "log_path": _PATH,
        "checkpoint": _TEXT,
        "log_key": _TEXT,
        "anchors": sj.array(_ANCHOR, MAX_ANCHORS),
    },
    format=FORMAT,
)


def fields(receipt: Receipt) -> dict[str, Any]:
    """The receipt as a JSON object."""
    written: dict[str, Any] = _RECEIPT.write(receipt)
    return written


def dump(receipt: Receipt) -> bytes:
    """The receipt's file: indented JSON, UTF-8."""
    return (json.dumps(fields(receipt), indent=2) + "\n").encode()


def load(raw: bytes) -> Receipt:
    """Raises Malformed."""
    return _RECEIPT.read(sj.parse(raw, limit=MAX_RECEIPT_BYTES, what="the receipt"), "receipt")
