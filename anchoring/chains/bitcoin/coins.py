"""Our unspent outputs, as a node without our wallet can tell them.

One coin pays for one anchor. BIP 143 signs the value of the coin, so a node that states a wrong one gets a signature
that is worth nothing, never a fee that we did not choose.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from anchoring.chains.interface import ChainError
from anchoring.chains.rpc import Node, array, number, record, text
from anchoring.core.bitcoin.transaction import Transaction, display, undisplay

SCAN_SECONDS = 600.0  # a scan of all of Bitcoin's unspent outputs takes a few minutes
_SATOSHI = Decimal(10) ** 8
_MAX_MONEY = 21_000_000 * 10**8 * 4  # Litecoin has four times as many


@dataclass(frozen=True, slots=True)
class Coin:
    """`outpoint` 36 bytes in internal order; `value` in satoshi."""

    outpoint: bytes
    value: int


def change(transaction: Transaction, script: bytes) -> Iterator[Coin]:
    """The outputs that are ours."""
    txid = transaction.txid()
    for place, output in enumerate(transaction.outputs):
        if output.script == script:
            yield Coin(txid + place.to_bytes(4, "little"), output.value)


def unspent(node: Node, script: bytes, mined: Sequence[bytes], *, enough: int) -> list[Coin]:
    """In blocks, and not spent by anything that waits; largest first. The change of our last transactions is asked for
    by name; only where that is not `enough` satoshi is the whole set of unspent outputs scanned."""
    ours = {coin for raw in mined for coin in change(Transaction.parse(raw), script) if _is_free(node, coin)}
    if sum(coin.value for coin in ours) < enough:
        ours |= {coin for coin in _scan(node, script) if _is_free(node, coin)}
    return sorted(ours, key=lambda coin: (-coin.value, coin.outpoint))


def _is_free(node: Node, coin: Coin) -> bool:
    answer = output(node, coin.outpoint, waiting=True)
    return answer is not None and number(answer.get("confirmations"), "confirmations") > 0


def output(node: Node, outpoint: bytes, *, waiting: bool) -> dict[str, Any] | None:
    """gettxout; None when spent or unknown. `waiting`: look at transactions that are not in a block too."""
    answer = node("gettxout", display(outpoint[:32]), int.from_bytes(outpoint[32:], "little"), waiting)
    return None if answer is None else record(answer, "unspent output")


def _scan(node: Node, script: bytes) -> Iterator[Coin]:
    answer = record(node("scantxoutset", "start", [f"raw({script.hex()})"], timeout=SCAN_SECONDS), "scan")
    for item in array(answer.get("unspents"), "list of unspent outputs"):
        found = record(item, "unspent output")
        txid, place = text(found.get("txid"), "txid"), number(found.get("vout"), "output number")
        try:
            yield Coin(undisplay(txid) + place.to_bytes(4, "little"), satoshi(found.get("amount")))
        except (ValueError, OverflowError) as error:
            raise ChainError(f"the node lists an unspent output that cannot be: {error}") from error


def satoshi(amount: Any) -> int:
    """From the decimal coins of the RPC. Raises ChainError."""
    if not isinstance(amount, int | Decimal) or isinstance(amount, bool) or not 0 <= amount * _SATOSHI <= _MAX_MONEY:
        raise ChainError("the node states an amount that is none")
    return int(amount * _SATOSHI)
