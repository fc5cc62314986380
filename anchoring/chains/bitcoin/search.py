"""In which block a transaction of ours is, asked of a node that may have no index."""

from collections.abc import Sequence

from anchoring.chains.bitcoin.coins import Coin, output
from anchoring.chains.interface import Place
from anchoring.chains.rpc import Node, Refused, array, number, record, text
from anchoring.core.bitcoin.transaction import Transaction, display

SEARCHED_BLOCKS = 144  # a day below the tip: deeper reorganisations have never been


def find(node: Node, transaction: Transaction, coins: Sequence[Coin], last: Place | None) -> Place | None:
    """`coins` are its outputs to us, `last` where it was before (its hash empty once that block left the chain).

    The cheap questions first. The search block by block is needed in one case only: a node without index, the block
    reorganised, and the change already spent by our next anchor.
    """
    txid = display(transaction.txid())
    if last is not None and last.block_hash and _height(node, last.block_hash) == last.height:
        return last
    return _by_change(node, coins) or _by_index(node, txid) or (_by_search(node, txid, last) if last else None)


def _height(node: Node, block_hash: str) -> int | None:
    """Of a block in the best chain; None for every other."""
    try:
        header = record(node("getblockheader", block_hash), "header")
    except Refused:
        return None
    confirmations = header.get("confirmations")
    in_best_chain = isinstance(confirmations, int) and confirmations > 0
    return number(header.get("height"), "height") if in_best_chain else None


def _by_change(node: Node, coins: Sequence[Coin]) -> Place | None:
    for coin in coins:
        found = output(node, coin.outpoint, waiting=False)
        if found is not None:
            tip = _height(node, text(found.get("bestblock"), "block hash"))
            depth = number(found.get("confirmations"), "confirmations")
            if tip is not None and 0 < depth <= tip:
                height = tip - depth + 1
                return Place(height, text(node("getblockhash", height), "block hash"))
    return None


def _by_index(node: Node, txid: str) -> Place | None:
    try:
        found = record(node("getrawtransaction", txid, True), "transaction")
    except Refused:
        return None
    block_hash = found.get("blockhash")
    height = _height(node, block_hash) if isinstance(block_hash, str) else None
    return None if height is None else Place(height, str(block_hash))


def _by_search(node: Node, txid: str, last: Place) -> Place | None:
    tip = number(node("getblockcount"), "block count")
    for height in range(tip, max(0, tip - SEARCHED_BLOCKS, last.height - SEARCHED_BLOCKS), -1):
        block_hash = text(node("getblockhash", height), "block hash")
        if txid in array(record(node("getblock", block_hash, 1), "block").get("tx"), "list of transactions"):
            return Place(height, block_hash)
    return None
