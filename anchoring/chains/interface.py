"""What a public chain must be able to do for anchoring. Implemented by every chain of `open_chain`."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from anchoring.core.anchors import Proof

PROOF_HEADERS = 12  # the six of Bitcoin's usual finality, and as many again; every header costs 160 bytes of receipt
LOW_FUNDS = 10  # anchors that can still be paid at the highest fee: below it the operator is told


class ChainError(Exception):
    """The chain cannot do it now: unreachable, no funds, unknown transaction. Trying again later is right."""


class Unreachable(ChainError):
    """Nothing whole came back. Asking the same node the next question will not help now."""


class ChainConflict(ChainError):
    """Another transaction spent what this one spends, or is about to. When that one is no version of the same anchor,
    this one can never be mined: build a new one; resending is useless."""


class WrongNetwork(ChainError):
    """What answers is a node of another network, or what it shows cannot be of this one."""


class Presence(Enum):
    """Where a transaction is: not seen (never sent, or lost in a reorganisation), waiting, or in the best chain."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    MINED = "mined"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction: save it, then `send` it. `txid` is as the chain's tools show it.

    `fee` is the most it can cost, in the unit of `Funds`. `nonce` is set on chains that number the
    transactions of a sender. `ticket` is what `send` answered, which a chain without a public waiting room needs to
    find it again.
    """

    txid: str
    raw: bytes
    fee: int = 0
    nonce: int | None = None
    ticket: bytes = b""


@dataclass(frozen=True, slots=True)
class History:
    """What a chain may have to know of earlier anchors; it keeps nothing itself.

    `replaces`: the newest version of this very anchor, whose coin or number the new version must spend, so that only
    one of them can ever be mined. `mined`: our last transactions in blocks, newest first, where our change lies.
    `nonce`: the lowest number that no saved transaction has.
    """

    replaces: Signed | None = None
    mined: tuple[bytes, ...] = ()
    nonce: int = 0


NOTHING = History()


@dataclass(frozen=True, slots=True)
class Place:
    """A block; `block_hash` as the chain's tools show it."""

    height: int
    block_hash: str


@dataclass(frozen=True, slots=True)
class Status:
    """`place` and `confirmations` (1 for the newest block) are set when MINED only. `final` is None on a chain whose
    finality is a matter of depth, else whether the chain's own rule calls the block final. `ticket` is to be kept with
    the transaction instead of the one it has, when not empty."""

    presence: Presence
    place: Place | None = None
    confirmations: int = 0
    final: bool | None = None
    ticket: bytes = b""


@dataclass(frozen=True, slots=True)
class Funds:
    """`balance` and `reserve` (the most that one anchor may cost) in `unit` (satoshi, gwei); `address` is where to send
    more."""

    balance: int
    reserve: int
    unit: str
    address: str


class Chain(Protocol):
    """Every method may raise ChainError. Safe to call from several processes.

    `name` is the key in ANCHOR_CHAINS, `network` the label in receipts (`core.network.NETWORKS`), `replaceable` whether
    a waiting transaction may be replaced by one that pays more.
    """

    name: str
    network: str
    replaceable: bool

    def build(self, payload: bytes, history: History = NOTHING) -> Signed:
        """A signed transaction carrying the payload, not sent. Built twice with nothing sent between, both spend the
        same coin or number: only one of them can ever be mined."""
        ...

    def send(self, raw: bytes) -> bytes:
        """Broadcast; the ticket, mostly empty. Sending what is already waiting or mined changes nothing. Raises
        ChainConflict."""
        ...

    def poll(self, signed: Signed, last: Place | None = None) -> Status:
        """Where it is now. `last` is where it was seen before: saves a search on nodes without an index."""
        ...

    def proof(self, signed: Signed, place: Place) -> Proof:
        """Where headers show work, those from its block on (at most PROOF_HEADERS). Checked here as a receipt's reader
        will check it. Raises ChainError unless the transaction is in that block of the best chain."""
        ...

    def funds(self, history: History = NOTHING) -> Funds | None:
        """None where anchors cost nothing."""
        ...

    def mine(self, *, now: datetime) -> str | None:
        """Make one block with what is waiting, on a chain that is ours to extend; its hash, or None where it is not."""
        ...
