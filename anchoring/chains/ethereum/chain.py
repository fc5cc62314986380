"""Anchors in the data of transactions, to ourselves or to the contract, paid by a key of our own.

The node may lie: it cannot make us sign for another chain, move ether, or pay more than the limit for one number. It
can show a block that never was, since headers of this chain show no work; so several nodes may be asked, and must agree
on the block's hash.
"""

from collections.abc import Sequence
from datetime import datetime

from anchoring.chains.ethereum.contract import CREATION
from anchoring.chains.ethereum.encoding import quantity
from anchoring.chains.ethereum.fees import prices
from anchoring.chains.ethereum.proof import evm_proof
from anchoring.chains.ethereum.rules import RULES
from anchoring.chains.ethereum.signing import Key, Unsigned
from anchoring.chains.interface import (
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
from anchoring.chains.rpc import Node, Refused, record, text
from anchoring.core.anchors.evm import EvmProof
from anchoring.core.ethereum.keccak import keccak256
from anchoring.core.ethereum.rlp import encode, fields, integer
from anchoring.core.ethereum.transaction import call_data

NEXT = keccak256(b"next()")[:4]
GWEI = 10**9  # wei; the unit of what is told outside, because wei would not fit the database's integers
MAX_GAS = 200_000  # an anchor takes 24 000 as plain data and 36 000 in the contract
DEPLOYMENT_GAS = 600_000
# Words of geth, Nethermind, Erigon, Reth, Besu and anvil, in lower case.
_KNOWN = ("already known", "alreadyknown", "already imported", "known transaction")
_TAKEN = ("nonce too low", "nonce too old", "oldnonce", "underpriced", "nonce already used")


class EthereumChain:
    """Implements `interface.Chain`. `nodes`: the first one sends, all must agree on blocks. `max_fee` in wei for one
    anchor; `contract` 20 bytes, or empty for plain data."""

    name = "ethereum"
    replaceable = True

    def __init__(self, nodes: Sequence[Node], network: str, key: Key, *, max_fee: int, contract: bytes = b"") -> None:
        """Raises WrongNetwork before anything could be signed for another network."""
        self._nodes, self._node = nodes, nodes[0]
        self.network, self._rules = network, RULES[network]
        self._key, self._max_fee, self._contract = key, max_fee, contract
        for node in nodes:
            if quantity(node("eth_chainId"), "chain id") != self._rules.chain_id:
                raise WrongNetwork(f"the node is not one of chain {self._rules.chain_id}, {network}")
            genesis = record(node("eth_getBlockByNumber", "0x0", False), "block").get("hash")
            if self._rules.genesis and genesis != self._rules.genesis:
                raise WrongNetwork(f"the node's first block is not that of {network}")

    @property
    def address(self) -> str:
        """Where to send ether for anchors."""
        return "0x" + self._key.address.hex()

    def build(self, payload: bytes, history: History = NOTHING) -> Signed:
        if history.replaces is not None:
            return self._raised(history.replaces)
        to, data = self._key.address, payload
        if self._contract:
            to, data = self._contract, call_data(self._next_height(), payload)
        gas = self._gas(to, data)
        tip, highest = prices(self._node, gas, most=self._max_fee, replaced=None)
        used = quantity(self._node("eth_getTransactionCount", self.address, "latest"), "nonce")
        nonce = max(used, history.nonce)
        return self._sign(Unsigned(self._rules.chain_id, nonce, tip, highest, gas, to, data))

    def _raised(self, replaced: Signed) -> Signed:
        """The same call with the same number at a higher price."""
        listed = [item for item in fields(replaced.raw[1:], "our transaction") if isinstance(item, bytes)]
        nonce, tip, highest, gas = (int.from_bytes(item, "big") for item in listed[1:5])
        tip, highest = prices(self._node, gas, most=self._max_fee, replaced=(tip, highest))
        return self._sign(Unsigned(self._rules.chain_id, nonce, tip, highest, gas, listed[5], listed[7]))

    def _sign(self, unsigned: Unsigned) -> Signed:
        raw = self._key.sign(unsigned)
        most = -(-unsigned.gas * unsigned.max_price // GWEI)
        return Signed("0x" + keccak256(raw).hex(), raw, most, unsigned.nonce)

    def _gas(self, to: bytes, data: bytes) -> int:
        call = {"from": self.address, "to": "0x" + to.hex(), "data": "0x" + data.hex()}
        gas = quantity(self._node("eth_estimateGas", call), "gas")
        if gas > MAX_GAS:
            raise ChainError(f"the node says an anchor takes {gas} gas, more than {MAX_GAS}: is the contract ours?")
        return min(MAX_GAS, gas + gas // 10)

    def _next_height(self) -> int:
        call = {"to": "0x" + self._contract.hex(), "data": "0x" + NEXT.hex()}
        height = quantity(self._node("eth_call", call, "latest"), "next height")
        if height >= 1 << 64:
            raise ChainError("the contract's next height is out of range")
        return height

    def send(self, raw: bytes) -> bytes:
        try:
            self._node("eth_sendRawTransaction", "0x" + raw.hex())
        except Refused as error:
            reason = error.reason.lower()
            if any(words in reason for words in _KNOWN):
                return b""
            if any(words in reason for words in _TAKEN):
                return self._known_or_conflict(raw, error)
            raise
        return b""

    def _known_or_conflict(self, raw: bytes, error: Refused) -> bytes:
        if self._receipt("0x" + keccak256(raw).hex()) is None:
            raise ChainConflict(str(error)) from error
        return b""

    def _receipt(self, txid: str) -> dict[str, object] | None:
        """Of a transaction that was mined and succeeded."""
        found = self._node("eth_getTransactionReceipt", txid)
        if found is None or record(found, "receipt").get("status") != "0x1":
            return None
        return record(found, "receipt")

    def poll(self, signed: Signed, last: Place | None = None) -> Status:
        found = self._receipt(signed.txid)
        if found is None:
            waiting = self._node("eth_getTransactionByHash", signed.txid)
            waits = isinstance(waiting, dict) and waiting.get("blockHash") is None
            return Status(Presence.WAITING if waits else Presence.UNKNOWN)
        place = Place(quantity(found.get("blockNumber"), "height"), text(found.get("blockHash"), "block hash"))
        if any(self._hash(node, hex(place.height)) != place.block_hash for node in self._nodes):
            return Status(Presence.WAITING)  # a reorganisation under way, or one of the nodes is wrong
        head = quantity(self._node("eth_blockNumber"), "height")
        return Status(Presence.MINED, place, max(1, head - place.height + 1), self._is_final(place))

    def _is_final(self, place: Place) -> bool:
        """By every node's word."""
        for node in self._nodes:
            found = node("eth_getBlockByNumber", "finalized", False)
            if found is None or quantity(record(found, "block").get("number"), "height") < place.height:
                return False
        return True

    @staticmethod
    def _hash(node: Node, height: str) -> object:
        found = node("eth_getBlockByNumber", height, False)
        return None if found is None else record(found, "block").get("hash")

    def proof(self, signed: Signed, place: Place) -> EvmProof:
        try:
            return evm_proof(self._node, signed.raw, place)
        except ValueError as error:
            raise ChainError(f"the node's proof does not hold: {error}") from error

    def funds(self, history: History = NOTHING) -> Funds | None:
        wei = quantity(self._node("eth_getBalance", self.address, "latest"), "balance")
        return Funds(wei // GWEI, self._max_fee // GWEI, "gwei", self.address)

    def mine(self, *, now: datetime) -> str | None:
        return None

    def deployment(self) -> Signed:
        """Of the contract, to be sent once; whoever sends it owns it, at `contract_address(nonce)`."""
        used = quantity(self._node("eth_getTransactionCount", self.address, "latest"), "nonce")
        tip, highest = prices(self._node, DEPLOYMENT_GAS, most=self._max_fee * 50, replaced=None)
        return self._sign(Unsigned(self._rules.chain_id, used, tip, highest, DEPLOYMENT_GAS, b"", CREATION))

    def contract_address(self, nonce: int) -> str:
        """Of a contract that our transaction of this number makes (Yellow Paper section 7)."""
        return "0x" + keccak256(encode([self._key.address, integer(nonce)]))[-20:].hex()
