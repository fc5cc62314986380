"""Header and trie proofs of a transaction, rebuilt from a node's JSON and believed only when every hash comes out."""

from typing import Any

from anchoring.chains.ethereum import encoding
from anchoring.chains.ethereum.trie import Trie
from anchoring.chains.interface import ChainError, Place
from anchoring.chains.rpc import Node, array, record
from anchoring.core.anchors.evm import EvmProof
from anchoring.core.ethereum.header import Header
from anchoring.core.ethereum.keccak import keccak256


def evm_proof(node: Node, raw: bytes, place: Place) -> EvmProof:
    """Raises ChainError unless the block holds the transaction and all roots fit."""
    block = record(node("eth_getBlockByHash", place.block_hash, True), "block")
    encoded = encoding.header(block)
    header = Header.parse(encoded)
    if "0x" + header.hash.hex() != place.block_hash or header.number != place.height:
        raise ChainError(f"the node's block {place.height} is not {place.block_hash}")
    sent = [encoding.transaction(record(item, "transaction")) for item in array(block.get("transactions"), "list")]
    if raw not in sent:
        raise ChainError(f"block {place.block_hash} does not hold transaction 0x{keccak256(raw).hex()}")
    transactions, receipts = Trie(sent), Trie(_receipts(node, place, len(sent)))
    if (transactions.root, receipts.root) != (header.transactions_root, header.receipts_root):
        raise ChainError(f"the node's transactions or receipts of block {place.block_hash} are not the header's")
    index = sent.index(raw)
    return EvmProof(encoded, index, transactions.proof(index), receipts.proof(index))


def _receipts(node: Node, place: Place, count: int) -> list[bytes]:
    found: list[Any] = array(node("eth_getBlockReceipts", place.block_hash), "list of receipts")
    if len(found) != count:
        raise ChainError(f"the node has {len(found)} receipts for the {count} transactions of {place.block_hash}")
    return [encoding.receipt(record(item, "receipt")) for item in found]
