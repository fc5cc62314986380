"""Each check of a receipt as one function: returns a sentence, raises ValueError with a sentence, or Skipped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from anchoring.core.anchors.kind import Skipped
from anchoring.core.block import directory_leaf
from anchoring.core.checkpoint import Checkpoint, open_checkpoint
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import commitment
from anchoring.core.log import log_leaf
from anchoring.core.note import Note, SignatureError, Verifier
from anchoring.core.receipt import Anchor, Receipt
from anchoring.core.tree import ProofError, check_consistency, check_inclusion, leaf_hash
from anchoring.core.trust import Trusted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A receipt and what the auditor brings: the document's digest, a log key, trusted headers by network."""

    receipt: Receipt
    document: bytes | None
    key: Verifier | None
    trusted: Mapping[str, Trusted]

    def checkpoint(self, note: str) -> Checkpoint:
        """The checkpoint in a note that carries exactly the log's signature: an unchecked one would be an unchecked
        field."""
        if len(Note.parse(note).signatures) != 1:
            raise SignatureError("a checkpoint in a receipt has exactly one signature, the log's")
        return open_checkpoint(note, Verifier.parse(self.receipt.log_key))


def _document(evidence: Evidence) -> str:
    if evidence.document is None:
        raise Skipped(f"no document given; the receipt is for SHA-256 {evidence.receipt.document.hex()}")
    if evidence.document != evidence.receipt.document:
        raise Malformed(
            f"the document's SHA-256 is {evidence.document.hex()}, the receipt is for {evidence.receipt.document.hex()}"
        )
    return "the document is the one the receipt is for"


def _commitment(evidence: Evidence) -> str:
    receipt = evidence.receipt
    if commitment(receipt.salt, receipt.document) != receipt.entry.commitment:
        raise ProofError("salt and document digest do not give the entry's commitment")
    return "salt and document digest give the entry's commitment"


def _place(evidence: Evidence) -> str:
    entry, block, index = evidence.receipt.entry, evidence.receipt.entry_block, evidence.receipt.entry_path.index
    if entry.chain != block.chain:
        raise ProofError("entry and entry block name different chains")
    if entry.sequence != block.first + index:
        raise ProofError(f"entry {entry.sequence} cannot be number {index} of a block that begins at {block.first}")
    return f"entry {entry.sequence} of chain {entry.chain.hex()[:16]}... is number {index} of its block"


def _entry_inclusion(evidence: Evidence) -> str:
    block, path = evidence.receipt.entry_block, evidence.receipt.entry_path
    check_inclusion(leaf_hash(evidence.receipt.entry.hash()), path.index, block.count, path.path, block.root)
    return f"the entry is one of the {block.count} in entry block {block.sequence}"


def _directory_inclusion(evidence: Evidence) -> str:
    block, path = evidence.receipt.entry_block, evidence.receipt.directory_path
    directory = evidence.receipt.directory_block
    if block.height != directory.height:
        raise ProofError(f"the entry block is for height {block.height}, the directory block has {directory.height}")
    leaf = leaf_hash(directory_leaf(block.chain, block.hash()))
    check_inclusion(leaf, path.index, directory.count, path.path, directory.root)
    return f"the entry block is one of the {directory.count} in directory block {directory.height}"


def _log_inclusion(evidence: Evidence) -> str:
    directory, path = evidence.receipt.directory_block, evidence.receipt.log_path
    checkpoint = Checkpoint.parse(Note.parse(evidence.receipt.checkpoint).text)
    if path.index != directory.height:
        raise ProofError(f"directory block {directory.height} cannot be leaf {path.index} of the log")
    check_inclusion(log_leaf(directory.hash()), path.index, checkpoint.size, path.path, checkpoint.root)
    return f"directory block {directory.height} is in the log of {checkpoint.size} blocks"


def _signature(evidence: Evidence) -> str:
    checkpoint = evidence.checkpoint(evidence.receipt.checkpoint)
    return f"the log {checkpoint.origin} signed its checkpoint of size {checkpoint.size}"


def _key(evidence: Evidence) -> str:
    if evidence.key is None:
        raise Skipped("no log key given; the key came with the receipt")
    if evidence.key != Verifier.parse(evidence.receipt.log_key):
        raise SignatureError(f"the receipt's log key is not {evidence.key.vkey}")
    return "the log's key is the one you gave"


def _anchored_log(subject: tuple[Evidence, Anchor]) -> str:
    evidence, anchor = subject
    here, there = evidence.checkpoint(evidence.receipt.checkpoint), evidence.checkpoint(anchor.checkpoint)
    if there.size <= evidence.receipt.log_path.index:
        raise ProofError(f"the anchored log of {there.size} blocks does not reach the directory block")
    old, new = sorted((here, there), key=lambda checkpoint: checkpoint.size)
    check_consistency(old.size, new.size, old.root, new.root, anchor.consistency)
    return f"the anchored log of {there.size} blocks and the receipt's are one log"


@dataclass(frozen=True, slots=True)
class Finding(Generic[T]):
    """A check of the receipt itself; those of its anchors are in `anchors`."""

    number: int
    title: str
    check: Callable[[T], str]


RECEIPT = (
    Finding(2, "document", _document),
    Finding(3, "commitment", _commitment),
    Finding(4, "entry place", _place),
    Finding(5, "entry path", _entry_inclusion),
    Finding(6, "directory path", _directory_inclusion),
    Finding(7, "log path", _log_inclusion),
    Finding(8, "checkpoint signature", _signature),
    Finding(9, "log key", _key),
)
ANCHORED_LOG = Finding(10, "anchored log", _anchored_log)
