"""Kind `ethereum`: the payload in a transaction's data, trie proofs, the block's header. docs/formats.md."""

from dataclasses import dataclass

from anchoring.core import strict_json as sj
from anchoring.core.anchors.kind import Claim, Finding, Kind, Place, Skipped
from anchoring.core.ethereum.header import Header
from anchoring.core.ethereum.rlp import encode, integer
from anchoring.core.ethereum.transaction import carries, succeeded, transaction_data
from anchoring.core.ethereum.trie import MAX_NODES, check_proof
from anchoring.core.payload import Payload
from anchoring.core.tree import ProofError

NAME = "ethereum"
MAX_HEADER_BYTES = 4096  # today's are about 650
MAX_NODE_BYTES = 100_000
PRICE = "a header of this network shows no work, so forging it costs nothing"


@dataclass(frozen=True, slots=True)
class EvmProof:
    """`header` RLP; `index` the transaction's place in the block; `transaction` and `receipt` the nodes of the two
    tries that lead to it, root first."""

    header: bytes
    index: int
    transaction: tuple[bytes, ...]
    receipt: tuple[bytes, ...]

    def key(self) -> bytes:
        return encode(integer(self.index))

    def sent(self) -> bytes:
        """The transaction. Raises ProofError, Malformed."""
        return check_proof(Header.parse(self.header).transactions_root, self.key(), self.transaction)


def _payload(claim: Claim) -> str:
    payload = Payload.of(claim.checkpoint).encode()
    if not carries(transaction_data(claim.proof.sent()), payload):
        raise ProofError(
            "the transaction's data is neither the payload of the anchored checkpoint nor our call with it"
        )
    return f"the transaction carries the checkpoint of size {claim.checkpoint.size}"


def _transaction(claim: Claim) -> str:
    claim.proof.sent()
    header = Header.parse(claim.proof.header)
    return f"the transaction is number {claim.proof.index} of block 0x{header.hash.hex()}"


def _receipt(claim: Claim) -> str:
    proof = claim.proof
    if not succeeded(check_proof(Header.parse(proof.header).receipts_root, proof.key(), proof.receipt)):
        raise ProofError("the transaction was mined and failed")
    return "the transaction succeeded"


def _header(claim: Claim) -> str:
    network, header = claim.network(NAME), Header.parse(claim.proof.header)
    return f"the header of block {header.number}; {network.label} is {network.worth}"


def _trust(claim: Claim) -> str:
    header = Header.parse(claim.proof.header)
    if claim.trusted is None:
        raise Skipped(f"no trusted blocks given; the block header came with the receipt: {PRICE}")
    if claim.trusted.depth(header.hash) is None:
        raise ProofError(f"block 0x{header.hash.hex()} is not among your blocks of {claim.label}")
    return f"the block is among your {claim.trusted.size} blocks of {claim.label}"


def _place(claim: Claim) -> Place:
    """Counts only by the auditor's word."""
    header = Header.parse(claim.proof.header)
    known = claim.trusted is not None and claim.trusted.depth(header.hash) is not None
    missing = 0 if known else claim.network(NAME).confirmations
    return Place(header.time, f"block {header.number}", missing, PRICE)


_NODES = sj.array(sj.hexadecimal(limit=MAX_NODE_BYTES), MAX_NODES)
_CODEC = sj.record(
    EvmProof,
    {
        "header": sj.hexadecimal(limit=MAX_HEADER_BYTES),
        "index": sj.integer,
        "transaction": _NODES,
        "receipt": _NODES,
    },
)
_FINDINGS = (
    Finding(11, "transaction payload", _payload),
    Finding(12, "transaction path", _transaction),
    Finding(13, "transaction receipt", _receipt),
    Finding(14, "header", _header),
    Finding(15, "trusted blocks", _trust),
)
KIND = Kind(NAME, EvmProof, _CODEC, _FINDINGS, _place)
