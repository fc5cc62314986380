"""The receipt's path as a standard `.ots` file (OpenTimestamps detached timestamp, version 1).

Only append, prepend and SHA-256 steps, so that every OpenTimestamps implementation can follow it. The file format has
no network tag: a file from a development chain reads "Bitcoin block N attests" too, and only a node of that very chain
verifies it.
"""

from collections.abc import Iterator

from anchoring.core.anchors.bitcoin import BlockProof
from anchoring.core.bitcoin.script import coinbase_height
from anchoring.core.bitcoin.transaction import Transaction
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import COMMITMENT_TAG, sha256
from anchoring.core.note import Note
from anchoring.core.receipt import Anchor, Path, Receipt
from anchoring.core.tree import LEAF_PREFIX, NODE_PREFIX

HEADER_MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
VERSION = 1
BITCOIN_ATTESTATION = bytes.fromhex("0588960d73d71901")
_SHA256, _APPEND, _PREPEND, _ATTESTATION = b"\x08", b"\xf0", b"\xf1", b"\x00"
_MAX_RESULT = 4096  # the client refuses longer intermediate messages
_MAX_STEPS = 255  # the client refuses deeper files

Step = tuple[bytes, bytes]  # an operation and its argument


def possible(receipt: Receipt, anchor: int = 0) -> bool:
    """Whether that anchor is of a kind, and of the checkpoint, that such a file can follow."""
    chosen = receipt.anchors[anchor]
    return isinstance(chosen.proof, BlockProof) and chosen.checkpoint == receipt.checkpoint


def ots(receipt: Receipt, anchor: int = 0) -> bytes:
    """Document digest to block header. The receipt is taken as verified. Raises Malformed when the anchor's
    checkpoint is not the receipt's own, because no such steps lead from one log root to another."""
    chosen = receipt.anchors[anchor]
    if chosen.consistency or chosen.checkpoint != receipt.checkpoint:
        raise Malformed("an .ots file needs an anchor of the receipt's own checkpoint")
    message, written = receipt.document, []
    for operation, argument in _steps(receipt, chosen):
        message = _apply(operation, argument, message)
        written.append(operation + (_variable(argument) if argument else b""))
    if len(written) > _MAX_STEPS:
        raise Malformed(f"an .ots file has at most {_MAX_STEPS} steps, this receipt needs {len(written)}")
    if message != chosen.proof.headers[0][36:68]:
        raise Malformed("the receipt's path does not lead to its block header")
    height = _varuint(coinbase_height(Transaction.parse(chosen.proof.coinbase)))
    attestation = _ATTESTATION + BITCOIN_ATTESTATION + _variable(height)
    return HEADER_MAGIC + _varuint(VERSION) + _SHA256 + receipt.document + b"".join(written) + attestation


def _steps(receipt: Receipt, anchor: Anchor) -> Iterator[Step]:
    """Hashed structures end in the value the path comes from, so most need one prepend."""
    yield from _hashed(COMMITMENT_TAG + receipt.salt)
    yield from _hashed(receipt.entry.encode()[:-32])
    yield from _tree(receipt.entry_path, receipt.entry_block.count, LEAF_PREFIX)
    yield from _hashed(receipt.entry_block.encode()[:-32])
    leaf = LEAF_PREFIX + receipt.entry_block.chain
    yield from _tree(receipt.directory_path, receipt.directory_block.count, leaf)
    yield from _hashed(receipt.directory_block.encode()[:-32])
    checkpoint = Checkpoint.parse(Note.parse(anchor.checkpoint).text)
    yield from _tree(receipt.log_path, checkpoint.size, LEAF_PREFIX)
    yield from _transaction(anchor, checkpoint.root)


def _hashed(prefix: bytes) -> Iterator[Step]:
    yield _PREPEND, prefix
    yield _SHA256, b""


def _tree(path: Path, size: int, leaf_prefix: bytes) -> Iterator[Step]:
    """An RFC 9162 inclusion path from leaf data to the root."""
    yield from _hashed(leaf_prefix)
    index, last = path.index, size - 1
    for sibling in path.path:
        while index and index == last and not index & 1:  # promoted unchanged
            index, last = index >> 1, last >> 1
        if index & 1:
            yield from _hashed(NODE_PREFIX + sibling)
        else:
            yield _APPEND, sibling
            yield from _hashed(NODE_PREFIX)
        index, last = index >> 1, last >> 1


def _transaction(anchor: Anchor, root: bytes) -> Iterator[Step]:
    before, _, after = anchor.proof.transaction.partition(root)
    yield _PREPEND, before
    yield _APPEND, after
    yield _SHA256, b""
    yield _SHA256, b""
    for level, sibling in enumerate(anchor.proof.path):
        yield (_PREPEND if anchor.proof.index >> level & 1 else _APPEND), sibling
        yield _SHA256, b""
        yield _SHA256, b""


def _apply(operation: bytes, argument: bytes, message: bytes) -> bytes:
    if operation == _SHA256:
        return sha256(message)
    result = argument + message if operation == _PREPEND else message + argument
    if len(result) > _MAX_RESULT:
        raise Malformed(f"a step of an .ots file is at most {_MAX_RESULT} bytes")
    return result


def _varuint(value: int) -> bytes:
    """Seven bits a byte, lowest first, the top bit set on all but the last."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*written, value))


def _variable(data: bytes) -> bytes:
    return _varuint(len(data)) + data
