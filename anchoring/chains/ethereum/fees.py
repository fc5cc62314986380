"""Prices of gas, EIP-1559: what the node suggests within the operator's limit."""

from anchoring.chains.ethereum.encoding import quantity
from anchoring.chains.interface import ChainError
from anchoring.chains.rpc import Node, record

_GWEI = 10**9


def prices(node: Node, gas: int, *, most: int, replaced: tuple[int, int] | None) -> tuple[int, int]:
    """(tip, highest price) in wei for one gas; `most` wei for all the `gas`. Twice the base fee lasts six full blocks.

    A replacement pays a quarter more of both (nodes want a tenth). Raises ChainError when the limit leaves no room.
    """
    block = record(node("eth_getBlockByNumber", "latest", False), "block")
    tip = quantity(node("eth_maxPriorityFeePerGas"), "tip")
    highest = 2 * quantity(block.get("baseFeePerGas"), "base fee") + tip
    ceiling = most // gas
    if replaced is not None:
        least_tip, least = (price + price // 4 + 1 for price in replaced)
        if least > ceiling:
            gwei = least * gas / _GWEI
            raise ChainError(f"a replacement may cost {gwei:.0f} gwei, over the limit of {most // _GWEI}: waiting")
        tip, highest = max(tip, least_tip), max(highest, least)
    highest = min(highest, ceiling)
    return min(tip, highest), highest
