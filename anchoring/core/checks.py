"""Each check of a receipt as one function: returns a sentence, raises ValueError with a sentence, or Skipped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from anchoring.core.bitcoin.header import Header, check_headers
from anchoring.core.bitcoin.merkle import check_merkle_path
from anchoring.core.bitcoin.script import coinbase_height, data_outputs
from anchoring.core.bitcoin.transaction import Transaction, display
from anchoring.core.block import directory_leaf
from anchoring.core.checkpoint import Checkpoint, open_checkpoint
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import commitment, sha256d
from anchoring.core.log import log_leaf
from anchoring.core.network import NETWORKS, Network
from anchoring.core.note import Note, SignatureError, Verifier
from anchoring.core.payload import MAGIC, Payload
from anchoring.core.receipt import Anchor, Receipt
from anchoring.core.tree import ProofError, check_consistency, check_inclusion, leaf_hash

NODE_BYTES = 64  # a transaction of this length could be an inner node of the block's tree (CVE-2017-12842)


class Skipped(Exception):
    """Nothing was given to check against."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A receipt and what the auditor brings: the document's digest, a log key, trusted headers by network."""

    receipt: Receipt
    document: bytes | None
    key: Verifier | None
    trusted: Mapping[str, list[Header]]

    def anchor(self, place: int) -> Anchor:
        return self.receipt.anchors[place]

    def network(self, place: int) -> Network:
        label = self.anchor(place).network
        if label not in NETWORKS:
            raise Malformed(f"this verifier does not know the network {label[:40]!r}")
        return NETWORKS[label]

    def headers(self, place: int) -> list[Header]:
        headers = [Header.parse(raw) for raw in self.anchor(place).proof.headers]
        if not headers:
            raise Malformed("the anchor has no block header")
        return headers

    def header(self, place: int) -> Header:
        """Of the block that holds the anchor."""
        return self.headers(place)[0]

    def checkpoint(self, note: str) -> Checkpoint:
        """The checkpoint in a note that carries exactly the log's signature: an unchecked one would be an unchecked
        field."""
        if len(Note.parse(note).signatures) != 1:
            raise SignatureError("a checkpoint in a receipt has exactly one signature, the log's")
        return open_checkpoint(note, Verifier.parse(self.receipt.log_key))


def _document(evidence: Evidence, _: int) -> str:
    if evidence.document is None:
        raise Skipped(f"no document given; the receipt is for SHA-256 {evidence.receipt.document.hex()}")
    if evidence.document != evidence.receipt.document:
        raise Malformed(
            f"the document's SHA-256 is {evidence.document.hex()}, the receipt is for {evidence.receipt.document.hex()}"
        )
    return "the document is the one the receipt is for"


def _commitment(evidence: Evidence, _: int) -> str:
    receipt = evidence.receipt
    if commitment(receipt.salt, receipt.document) != receipt.entry.commitment:
        raise ProofError("salt and document digest do not give the entry's commitment")
    return "salt and document digest give the entry's commitment"


def _place(evidence: Evidence, _: int) -> str:
    entry, block, index = evidence.receipt.entry, evidence.receipt.entry_block, evidence.receipt.entry_path.index
    if entry.chain != block.chain:
        raise ProofError("entry and entry block name different chains")
    if entry.sequence != block.first + index:
        raise ProofError(f"entry {entry.sequence} cannot be number {index} of a block that begins at {block.first}")
    return f"entry {entry.sequence} of chain {entry.chain.hex()[:16]}... is number {index} of its block"


def _entry_inclusion(evidence: Evidence, _: int) -> str:
    block, path = evidence.receipt.entry_block, evidence.receipt.entry_path
    check_inclusion(leaf_hash(evidence.receipt.entry.hash()), path.index, block.count, path.path, block.root)
    return f"the entry is one of the {block.count} in entry block {block.sequence}"


def _directory_inclusion(evidence: Evidence, _: int) -> str:
    block, path = evidence.receipt.entry_block, evidence.receipt.directory_path
    directory = evidence.receipt.directory_block
    if block.height != directory.height:
        raise ProofError(f"the entry block is for height {block.height}, the directory block has {directory.height}")
    leaf = leaf_hash(directory_leaf(block.chain, block.hash()))
    check_inclusion(leaf, path.index, directory.count, path.path, directory.root)
    return f"the entry block is one of the {directory.count} in directory block {directory.height}"


def _log_inclusion(evidence: Evidence, _: int) -> str:
    directory, path = evidence.receipt.directory_block, evidence.receipt.log_path
    checkpoint = Checkpoint.parse(Note.parse(evidence.receipt.checkpoint).text)
    if path.index != directory.height:
        raise ProofError(f"directory block {directory.height} cannot be leaf {path.index} of the log")
    check_inclusion(log_leaf(directory.hash()), path.index, checkpoint.size, path.path, checkpoint.root)
    return f"directory block {directory.height} is in the log of {checkpoint.size} blocks"


def _signature(evidence: Evidence, _: int) -> str:
    checkpoint = evidence.checkpoint(evidence.receipt.checkpoint)
    return f"the log {checkpoint.origin} signed its checkpoint of size {checkpoint.size}"


def _key(evidence: Evidence, _: int) -> str:
    if evidence.key is None:
        raise Skipped("no log key given; the key came with the receipt")
    if evidence.key != Verifier.parse(evidence.receipt.log_key):
        raise SignatureError(f"the receipt's log key is not {evidence.key.vkey}")
    return "the log's key is the one you gave"


def _consistency(evidence: Evidence, place: int) -> str:
    anchor = evidence.anchor(place)
    here, there = evidence.checkpoint(evidence.receipt.checkpoint), evidence.checkpoint(anchor.checkpoint)
    if there.size <= evidence.receipt.log_path.index:
        raise ProofError(f"the anchored log of {there.size} blocks does not reach the directory block")
    old, new = sorted((here, there), key=lambda checkpoint: checkpoint.size)
    check_consistency(old.size, new.size, old.root, new.root, anchor.consistency)
    return f"the anchored log of {there.size} blocks and the receipt's are one log"


def _payload(evidence: Evidence, place: int) -> str:
    anchor = evidence.anchor(place)
    transaction = Transaction.parse(anchor.proof.transaction)
    found = [data for data in data_outputs(transaction) if data.startswith(MAGIC)]
    if len(found) != 1:
        raise ProofError(f"the transaction carries {len(found)} anchor payloads, not one")
    checkpoint = evidence.checkpoint(anchor.checkpoint)
    if Payload.decode(found[0]) != Payload.of(checkpoint):
        raise ProofError("the transaction's payload is not that of the anchored checkpoint")
    return f"transaction {display(transaction.txid())} carries the checkpoint of size {checkpoint.size}"


def _block(evidence: Evidence, place: int) -> str:
    proof, header = evidence.anchor(place).proof, evidence.header(place)
    _check_stripped(proof.transaction, "transaction")
    check_merkle_path(sha256d(proof.transaction), proof.index, proof.path, header.merkle_root)
    return f"the transaction is number {proof.index} of block {display(header.hash())}"


def _coinbase(evidence: Evidence, place: int) -> str:
    proof, header = evidence.anchor(place).proof, evidence.header(place)
    _check_stripped(proof.coinbase, "coinbase")
    if len(proof.coinbase_path) != len(proof.path):
        raise ProofError("coinbase and transaction are not at one depth of the block's tree")
    check_merkle_path(sha256d(proof.coinbase), 0, proof.coinbase_path, header.merkle_root)
    return f"the block's coinbase gives its height {height(evidence, place)}"


def _check_stripped(raw: bytes, what: str) -> None:
    """The txid leaves the witness out, so bytes with a witness would hold bytes that nothing checks."""
    if len(raw) == NODE_BYTES:
        raise ProofError(f"a {what} of {NODE_BYTES} bytes could be an inner node of the block's tree")
    if Transaction.parse(raw).stripped() != raw:
        raise Malformed(f"the {what} in a receipt is serialised without witness")


def _work(evidence: Evidence, place: int) -> str:
    network, headers = evidence.network(place), evidence.headers(place)
    check_headers(headers, easiest=network.easiest, pow_hash=network.pow_hash)
    if headers[-1].hash() != evidence.anchor(place).proof.tip:
        raise ProofError("the last header is not the block named as tip")
    return f"{len(headers)} linked headers with proof of work; {network.label} is {network.worth}"


def _trust(evidence: Evidence, place: int) -> str:
    label = evidence.anchor(place).network
    if label not in evidence.trusted:
        raise Skipped("no trusted headers given; the block headers came with the receipt")
    if evidence.header(place) not in evidence.trusted[label]:
        raise ProofError(f"block {display(evidence.header(place).hash())} is not among your headers of {label}")
    return f"the block is among your {len(evidence.trusted[label])} headers of {label}"


def height(evidence: Evidence, place: int) -> int:
    """Of the anchor's block, from its coinbase."""
    return coinbase_height(Transaction.parse(evidence.anchor(place).proof.coinbase))


def shortfall(evidence: Evidence, place: int) -> int:
    """How many blocks the anchor lacks until it counts; trusted headers count beyond the receipt's own."""
    trusted = evidence.trusted.get(evidence.anchor(place).network, [])
    above = len(trusted) - trusted.index(evidence.header(place)) if trusted else 0
    return max(0, evidence.network(place).confirmations - max(above, len(evidence.headers(place))))


def no_later_than(evidence: Evidence, place: int) -> str:
    """A block's clock may be two hours off (Bitcoin's consensus allows it), hence "about"."""
    header, network = evidence.header(place), evidence.network(place)
    moment = datetime.fromtimestamp(header.time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        f"no later than block {height(evidence, place)} of the network {network.label!r}, whose clock says {moment} "
        f"(block clocks may be two hours off). {network.label!r} is {network.worth}."
    )


@dataclass(frozen=True, slots=True)
class Finding:
    number: int
    title: str
    check: Callable[[Evidence, int], str]


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
ANCHOR = (
    Finding(10, "anchored log", _consistency),
    Finding(11, "transaction payload", _payload),
    Finding(12, "transaction path", _block),
    Finding(13, "coinbase path", _coinbase),
    Finding(14, "headers", _work),
    Finding(15, "trusted headers", _trust),
)
