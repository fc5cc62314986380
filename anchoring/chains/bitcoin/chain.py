"""Anchors in OP_RETURN outputs on a network of Bitcoin's family, paid by a key of our own.

The node needs no wallet and no index; a node of somebody else's will do. It may lie: it cannot make us pay more than
the limit for one coin (coins.py), and a block is believed only with its proof of work (proof.py).
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from anchoring.chains.bitcoin.coins import Coin, change, unspent
from anchoring.chains.bitcoin.fees import fee, virtual_size
from anchoring.chains.bitcoin.proof import block_proof
from anchoring.chains.bitcoin.rules import RULES, address
from anchoring.chains.bitcoin.search import find
from anchoring.chains.interface import (
    LOW_FUNDS,
    NOTHING,
    ChainConflict,
    ChainError,
    Funds,
    History,
    Place,
    Presence,
    Signed,
    Status,
    WrongNetwork,
)
from anchoring.chains.rpc import Node, Refused, number, record
from anchoring.chains.secret import kept_secret
from anchoring.chains.wallet import DUST, Wallet
from anchoring.core.anchors.bitcoin import BlockProof
from anchoring.core.bitcoin.transaction import Transaction, display

_ALREADY_MINED = -27  # RPC_VERIFY_ALREADY_IN_CHAIN
_ALREADY_WAITS = ("txn-already-in-mempool", "txn-already-known")
# Bitcoin Core's words (validation.cpp) for: something else spends the coin, mined or waiting.
_SPENT = ("missingorspent", "missing inputs", "txn-mempool-conflict", "rejecting replacement", "spends-conflicting-tx")


class BitcoinChain:
    """Implements `interface.Chain`. `max_fee` in satoshi for one anchor, `fee_rate` the least in satoshi a vbyte."""

    name = "bitcoin"
    replaceable = True

    def __init__(self, node: Node, network: str, wallet: Wallet, *, max_fee: int, fee_rate: int) -> None:
        """Raises WrongNetwork before anything could be signed for another network."""
        self._node = node
        self.network = network
        self._rules = RULES[network]
        self._wallet = wallet
        self._max_fee, self._fee_rate = max_fee, fee_rate
        if node("getblockhash", 0) != self._rules.genesis:
            raise WrongNetwork(f"the node's first block is not that of {network}")
        if record(node("getblockchaininfo"), "chain").get("initialblockdownload") is not False:
            raise ChainError("the node is still catching up: it would call spent what it has not seen yet")

    @property
    def address(self) -> str:
        """Where to send coins for anchors."""
        return address(self._rules.prefix, self._wallet.script)

    def build(self, payload: bytes, history: History = NOTHING) -> Signed:
        replaced = history.replaces
        coin = self._spent_by(replaced) if replaced else self._free_coin(history)
        draft = self._wallet.anchor(payload, coin.outpoint, coin.value, 0)
        price = fee(
            self._node,
            virtual_size(draft),
            least_rate=self._fee_rate,
            most=self._max_fee,
            replaced=replaced.fee if replaced else None,
        )
        transaction = self._wallet.anchor(payload, coin.outpoint, coin.value, price)
        return Signed(display(transaction.txid()), transaction.serialize(), price)

    def _spent_by(self, replaced: Signed) -> Coin:
        """Known without asking the node: its value went into change and fee."""
        transaction = Transaction.parse(replaced.raw)
        value = sum(out.value for out in transaction.outputs) + replaced.fee
        return Coin(transaction.inputs[0].outpoint, value)

    def _free_coin(self, history: History) -> Coin:
        """The largest. It must hold the highest fee, so that every replacement can be paid from it."""
        least = self._max_fee + DUST
        coins = unspent(self._node, self._wallet.script, history.mined, enough=least)
        if not coins or coins[0].value < least:
            raise ChainError(f"no coin of at least {least} {self._rules.unit} is free: send one to {self.address}")
        return coins[0]

    def send(self, raw: bytes) -> bytes:
        try:
            self._node("sendrawtransaction", raw.hex())
        except Refused as error:
            if error.code == _ALREADY_MINED or any(words in error.reason for words in _ALREADY_WAITS):
                return b""
            if any(words in error.reason.lower() for words in _SPENT):
                raise ChainConflict(str(error)) from error
            raise
        return b""

    def poll(self, signed: Signed, last: Place | None = None) -> Status:
        transaction = Transaction.parse(signed.raw)
        place = find(self._node, transaction, list(change(transaction, self._wallet.script)), last)
        if place is not None:
            tip = number(self._node("getblockcount"), "block count")
            return Status(Presence.MINED, place, max(1, tip - place.height + 1))
        return Status(Presence.WAITING if self._waits(signed.txid) else Presence.UNKNOWN)

    def _waits(self, txid: str) -> bool:
        try:
            self._node("getmempoolentry", txid)
        except Refused:
            return False
        return True

    def proof(self, signed: Signed, place: Place) -> BlockProof:
        return block_proof(self._node, Transaction.parse(signed.raw), place, self.network)

    def funds(self, history: History = NOTHING) -> Funds | None:
        enough = LOW_FUNDS * self._max_fee  # below it a scan may find what was sent meanwhile
        coins = unspent(self._node, self._wallet.script, history.mined, enough=enough)
        return Funds(sum(coin.value for coin in coins), self._max_fee, self._rules.unit, self.address)

    def mine(self, *, now: datetime) -> str | None:
        return None


def open_bitcoin(settings: Mapping[str, str]) -> BitcoinChain:
    """settings: `url`, `network`, `key`, `max_fee`, `fee_rate`. Raises KeyError for a missing one, ChainError."""
    network = settings["network"]
    if network not in RULES:
        raise ChainError(f"{network!r} is not one of {', '.join(RULES)}")
    return BitcoinChain(
        Node(settings["url"]),
        network,
        Wallet(kept_secret(Path(settings["key"]))),
        max_fee=int(settings["max_fee"]),
        fee_rate=int(settings["fee_rate"]),
    )
