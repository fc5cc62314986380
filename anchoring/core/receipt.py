"""The receipt: one self-contained JSON file. docs/formats.md section 8.

Loading is strict: an unknown, missing or doubled field, a wrong type, a second spelling of a value, or a file past a
limit is refused with one sentence. Sizes of trees are not fields: they come from what is hashed or signed.
"""

import json
from dataclasses import dataclass
from typing import Any

from anchoring.core import strict_json as sj
from anchoring.core.anchors import BY_PROOF, KINDS
from anchoring.core.anchors.kind import Kind
from anchoring.core.block import DirectoryBlock, EntryBlock
from anchoring.core.encoding import Malformed
from anchoring.core.entry import Entry
from anchoring.core.note import MAX_NOTE_CHARACTERS

FORMAT = "medbridge-receipt/v1"
MAX_RECEIPT_BYTES = 1 << 20  # a receipt is about 8 KB; the rest is room for large coinbases and many anchors
MAX_PATH = 64  # an RFC 9162 tree of 2^64 leaves
MAX_CONSISTENCY = 2 * MAX_PATH
MAX_ANCHORS = 16


@dataclass(frozen=True, slots=True)
class Path:
    """An inclusion path: the leaf's index and its siblings, leaf side first."""

    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """`network` is a key of `network.NETWORKS`; `checkpoint` the signed note whose body the payload commits to;
    `consistency` the RFC 9162 path between it and the receipt's checkpoint, whichever is older; `proof` of a type that
    `anchors.BY_PROOF` knows."""

    network: str
    checkpoint: str
    consistency: tuple[bytes, ...]
    proof: Any


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
_TEXT = sj.text(MAX_NOTE_CHARACTERS)
_PATH = sj.record(Path, {"index": sj.integer, "path": sj.hashes(MAX_PATH)})
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


def _anchor_codec(kind: Kind) -> sj.Codec[Anchor]:
    shared: dict[str, sj.Codec[Any]] = {"network": _TEXT, "checkpoint": _TEXT}
    path = sj.hashes(MAX_CONSISTENCY)
    return sj.record(Anchor, {**shared, "consistency": path, "proof": kind.codec}, kind=kind.name)


_ANCHORS = {name: _anchor_codec(kind) for name, kind in KINDS.items()}


def _read_anchor(value: Any, where: str) -> Anchor:
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _ANCHORS:
        raise Malformed(f"{where} must be an object whose kind is one of {', '.join(_ANCHORS)}")
    return _ANCHORS[kind].read(value, where)


def _write_anchor(anchor: Anchor) -> Any:
    return _ANCHORS[BY_PROOF[type(anchor.proof)].name].write(anchor)


_ANCHOR = sj.Codec(_read_anchor, _write_anchor)
# What a receipt has alone, what it shares with others of its block, and what with others of its log: section 12.
_OWN: dict[str, sj.Codec[Any]] = {"document": _HASH, "salt": _HASH, "entry": _ENTRY, "entry_path": _PATH}
_BLOCK: dict[str, sj.Codec[Any]] = {
    "entry_block": _ENTRY_BLOCK,
    "directory_path": _PATH,
    "directory_block": _DIRECTORY_BLOCK,
    "log_path": _PATH,
}
_LOG: dict[str, sj.Codec[Any]] = {"checkpoint": _TEXT, "log_key": _TEXT, "anchors": sj.array(_ANCHOR, MAX_ANCHORS)}
OWN_PART: sj.Codec[Any] = sj.record(dict, _OWN)  # reads to a dict, writes from a Receipt
BLOCK_PART: sj.Codec[Any] = sj.record(dict, _BLOCK)
LOG_PART: sj.Codec[Any] = sj.record(dict, _LOG)
_RECEIPT = sj.record(Receipt, {**_OWN, **_BLOCK, **_LOG}, format=FORMAT)


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
