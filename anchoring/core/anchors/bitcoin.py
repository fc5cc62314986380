"""Kind `bitcoin`: the payload in an OP_RETURN output, the transaction's Merkle path, headers. docs/formats.md."""

from dataclasses import dataclass

from anchoring.core import strict_json as sj
from anchoring.core.anchors import work
from anchoring.core.anchors.kind import Claim, Finding, Kind, Place
from anchoring.core.bitcoin.header import Header
from anchoring.core.bitcoin.merkle import check_merkle_path
from anchoring.core.bitcoin.script import coinbase_height, data_outputs
from anchoring.core.bitcoin.transaction import MAX_TRANSACTION_BYTES, Transaction, display
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256d
from anchoring.core.payload import MAGIC, Payload
from anchoring.core.tree import ProofError

NAME = "bitcoin"
NODE_BYTES = 64  # a transaction of this length could be an inner node of the block's tree (CVE-2017-12842)
MAX_BLOCK_PATH = 32  # far above any block's transactions
MAX_HEADERS = 2016  # two weeks of Bitcoin


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

    def header(self) -> Header:
        """Of the block that holds the transaction. Raises Malformed."""
        if not self.headers:
            raise Malformed("the anchor has no block header")
        return Header.parse(self.headers[0])

    def height(self) -> int:
        """From the block's coinbase. Raises Malformed."""
        return coinbase_height(Transaction.parse(self.coinbase))


def _payload(claim: Claim) -> str:
    transaction = Transaction.parse(claim.proof.transaction)
    found = [data for data in data_outputs(transaction) if data.startswith(MAGIC)]
    if len(found) != 1:
        raise ProofError(f"the transaction carries {len(found)} anchor payloads, not one")
    if Payload.decode(found[0]) != Payload.of(claim.checkpoint):
        raise ProofError("the transaction's payload is not that of the anchored checkpoint")
    return f"transaction {display(transaction.txid())} carries the checkpoint of size {claim.checkpoint.size}"


def _block(claim: Claim) -> str:
    proof, header = claim.proof, claim.proof.header()
    _check_stripped(proof.transaction, "transaction")
    check_merkle_path(sha256d(proof.transaction), proof.index, proof.path, header.merkle_root)
    return f"the transaction is number {proof.index} of block {display(header.hash())}"


def _coinbase(claim: Claim) -> str:
    proof, header = claim.proof, claim.proof.header()
    _check_stripped(proof.coinbase, "coinbase")
    if len(proof.coinbase_path) != len(proof.path):
        raise ProofError("coinbase and transaction are not at one depth of the block's tree")
    check_merkle_path(sha256d(proof.coinbase), 0, proof.coinbase_path, header.merkle_root)
    return f"the block's coinbase gives its height {proof.height()}"


def _check_stripped(raw: bytes, what: str) -> None:
    """The txid leaves the witness out, so bytes with a witness would hold bytes that nothing checks."""
    if len(raw) == NODE_BYTES:
        raise ProofError(f"a {what} of {NODE_BYTES} bytes could be an inner node of the block's tree")
    if Transaction.parse(raw).stripped() != raw:
        raise Malformed(f"the {what} in a receipt is serialised without witness")


def _headers(proof: BlockProof) -> list[Header]:
    return [Header.parse(raw) for raw in proof.headers]


def _work(claim: Claim) -> str:
    claim.proof.header()
    headers = _headers(claim.proof)
    sentence = work.check_work(claim, NAME, headers)
    if headers[-1].hash() != claim.proof.tip:
        raise ProofError("the last header is not the block named as tip")
    return sentence


def _trust(claim: Claim) -> str:
    price = work.price(claim.network(NAME), _headers(claim.proof))
    return work.check_trust(claim, claim.proof.header(), price)


def _place(claim: Claim) -> Place:
    proof = claim.proof
    return work.place(claim, NAME, _headers(proof), proof.header(), f"block {proof.height()}")


_HASH = sj.hexadecimal(size=32)
_TRANSACTION = sj.hexadecimal(limit=MAX_TRANSACTION_BYTES)
_BLOCK_PATH = sj.array(_HASH, MAX_BLOCK_PATH)
HEADERS = sj.array(sj.hexadecimal(size=80), MAX_HEADERS)
_CODEC = sj.record(
    BlockProof,
    {
        "transaction": _TRANSACTION,
        "index": sj.integer,
        "path": _BLOCK_PATH,
        "coinbase": _TRANSACTION,
        "coinbase_path": _BLOCK_PATH,
        "headers": HEADERS,
        "tip": sj.hexadecimal(size=32, backwards=True),
    },
)
_FINDINGS = (
    Finding(11, "transaction payload", _payload),
    Finding(12, "transaction path", _block),
    Finding(13, "coinbase path", _coinbase),
    Finding(14, "headers", _work),
    Finding(15, "trusted headers", _trust),
)
KIND = Kind(NAME, BlockProof, _CODEC, _FINDINGS, _place)
