"""A block proof put together from a node's answers, and believed only after the checks that an auditor will make."""

from anchoring.chains.interface import PROOF_HEADERS, ChainError, Place
from anchoring.chains.rpc import Node, array, number, octets, record, text
from anchoring.core.anchors.bitcoin import BlockProof
from anchoring.core.bitcoin.header import check_headers, read_headers
from anchoring.core.bitcoin.merkle import check_merkle_path, merkle_path
from anchoring.core.bitcoin.script import coinbase_height
from anchoring.core.bitcoin.transaction import Transaction, display, undisplay
from anchoring.core.hashing import sha256d
from anchoring.core.network import NETWORKS


def block_proof(node: Node, transaction: Transaction, place: Place, network: str) -> BlockProof:
    """Raises ChainError unless the block holds the transaction and everything fits."""
    txids = _txids(node, place.block_hash)
    if transaction.txid() not in txids:
        raise ChainError(f"block {place.block_hash} does not hold transaction {display(transaction.txid())}")
    index = txids.index(transaction.txid())
    coinbase = octets(node("getrawtransaction", display(txids[0]), False, place.block_hash), "coinbase")
    headers = _headers(node, place)
    shown = BlockProof(
        transaction=transaction.stripped(),
        index=index,
        path=tuple(merkle_path(txids, index)),
        coinbase=Transaction.parse(coinbase).stripped(),
        coinbase_path=tuple(merkle_path(txids, 0)),
        headers=headers,
        tip=sha256d(headers[-1]),
    )
    try:
        check(shown, place, network)
    except ValueError as error:
        raise ChainError(f"the node's proof does not hold: {error}") from error
    return shown


def check(shown: BlockProof, place: Place, network: str) -> None:
    """Checks 12 to 14 of docs/formats.md section 9, and that it is the block we asked for. Raises ValueError."""
    headers, rules = read_headers(b"".join(shown.headers)), NETWORKS[network]
    check_headers(headers, easiest=rules.easiest, pow_hash=rules.pow_hash)
    if display(headers[0].hash()) != place.block_hash:
        raise ValueError(f"the header is not that of block {place.block_hash}")
    if coinbase_height(Transaction.parse(shown.coinbase)) != place.height:
        raise ValueError(f"the block's coinbase does not say height {place.height}")
    check_merkle_path(sha256d(shown.transaction), shown.index, shown.path, headers[0].merkle_root)
    check_merkle_path(sha256d(shown.coinbase), 0, shown.coinbase_path, headers[0].merkle_root)


def _txids(node: Node, block_hash: str) -> list[bytes]:
    block = record(node("getblock", block_hash, 1), "block")
    try:
        txids = [undisplay(text(item, "txid")) for item in array(block.get("tx"), "list of transactions")]
    except ValueError as error:
        raise ChainError(f"the node lists a txid that is no hex in block {block_hash}") from error
    if not txids or any(len(txid) != 32 for txid in txids):
        raise ChainError(f"the node's block {block_hash} has no transactions, or txids that are none")
    return txids


def _headers(node: Node, place: Place) -> tuple[bytes, ...]:
    """From the block on; a reorganisation meanwhile leaves a gap that the check finds."""
    tip = number(node("getblockcount"), "block count")
    following = range(place.height + 1, min(tip, place.height + PROOF_HEADERS - 1) + 1)
    hashes = [place.block_hash, *(text(node("getblockhash", height), "block hash") for height in following)]
    return tuple(octets(node("getblockheader", digest, False), "header", 80) for digest in hashes)
