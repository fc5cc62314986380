"""What an anchor may cost: the node's estimate within the operator's limits."""

from anchoring.chains.bitcoin.coins import satoshi
from anchoring.chains.interface import ChainError
from anchoring.chains.rpc import Node, record
from anchoring.core.bitcoin.transaction import Transaction

TARGET_BLOCKS = 6  # an hour: an anchor covers all history, so a later one costs nobody anything
RELAY_STEP = 1  # satoshi a vbyte that a replacement must pay above what it replaces (BIP 125 rule 4, Core's default)
RAISE = 4  # and a quarter more, so that few replacements reach any price


def virtual_size(transaction: Transaction) -> int:
    """vbytes, BIP 141."""
    return (3 * len(transaction.stripped()) + len(transaction.serialize()) + 3) // 4


def fee(node: Node, size: int, *, least_rate: int, most: int, replaced: int | None) -> int:
    """Satoshi for `size` vbytes: the estimate, at least `least_rate` satoshi a vbyte, at most `most` in all, and above
    the fee of the replaced transaction as nodes demand. Raises ChainError when the limit leaves no room for that."""
    wanted = max(least_rate * size, -(-_estimate(node) * size // 1000))
    least = 0
    if replaced is not None:
        least = replaced + RELAY_STEP * size
        wanted = max(wanted, least, replaced + replaced // RAISE)
    if least > most:
        raise ChainError(f"a replacement would cost {least} satoshi, over the limit of {most}: waiting for a block")
    return min(wanted, most)


def _estimate(node: Node) -> int:
    """Satoshi for 1000 vbytes; 0 when the node has seen too few blocks to tell."""
    answers = record(node("estimatesmartfee", TARGET_BLOCKS), "fee estimate"), record(node("getmempoolinfo"), "mempool")
    stated = (answers[0].get("feerate", 0), answers[1].get("mempoolminfee", 0))
    return max(satoshi(amount) for amount in stated)
