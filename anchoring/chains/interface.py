"""What a public chain must be able to do for anchoring. Several exist: local now; Bitcoin, calendars, EVM later."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from anchoring.core.anchors.bitcoin import BlockProof

PROOF_HEADERS = 12  # the six of Bitcoin's usual finality, and as many again; every header costs 160 bytes of receipt


class ChainError(Exception):
    """The chain cannot do it now: unreachable, no funds, unknown transaction. Trying again later is right."""


class ChainConflict(ChainError):
    """The transaction can never be mined: another one spent its input. Build a new one; resending is useless."""


class Presence(Enum):
    """Where a transaction is: not seen (never sent, or lost in a reorganisation), waiting, or in the best chain."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    MINED = "mined"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction that has not been sent: save both, then `send(raw)`. `txid` is display hex."""

    txid: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Status:
    """`height`, `block_hash` (display hex) and `confirmations` (1 for the newest block) are set when MINED only."""

    presence: Presence
    height: int | None = None
    block_hash: str | None = None
    confirmations: int = 0


class Chain(Protocol):
    """Every method may raise ChainError. Safe to call from several processes.

    `name` is the key in ANCHOR_CHAINS, `network` the label in receipts (`core.network.NETWORKS`).
    """

    name: str
    network: str

    def build(self, payload: bytes) -> Signed:
        """A signed transaction carrying the payload, not sent. Built twice with nothing sent between, both spend the
        same coin: only one of them can ever be mined."""
        ...

    def send(self, raw: bytes) -> None:
        """Broadcast. Sending what is already waiting or mined changes nothing. Raises ChainConflict."""
        ...

    def poll(self, txid: str) -> Status: ...

    def block_hash(self, height: int) -> str | None:
        """Of the best chain at this height, display hex; None above the tip. Differs from a stored one after a
        reorganisation."""
        ...

    def proof(self, txid: str) -> BlockProof:
        """Transaction, paths, and headers from its block on (at most PROOF_HEADERS). Raises ChainError unless the
        transaction is mined."""
        ...

    def headers(self) -> bytes:
        """Every header of the best chain from genesis, concatenated: what `verify --headers` reads."""
        ...

    def mine(self, *, now: datetime) -> str | None:
        """Make one block with what is waiting, on a chain that is ours to extend; its hash, or None where it is not."""
        ...
