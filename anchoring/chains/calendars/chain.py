"""Anchors through OpenTimestamps calendars: submitted at once, in a block hours later, without a coin of ours.

A calendar may lie or lose what it took: several are asked, a block counts only with its own headers and proof of work,
and a digest that none brings into a block is submitted again. Only the calendars of the settings are ever asked: the
address inside a timestamp is the calendar's word.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from anchoring.chains.calendars import ticket
from anchoring.chains.calendars.headers import Headers, open_headers
from anchoring.chains.calendars.ticket import Stub
from anchoring.chains.http import exchange, place
from anchoring.chains.interface import (
    NOTHING,
    PROOF_HEADERS,
    ChainError,
    Funds,
    History,
    Place,
    Presence,
    Signed,
    Status,
    Unreachable,
    WrongNetwork,
)
from anchoring.core.anchors.calendar import CalendarProof
from anchoring.core.bitcoin.header import Header
from anchoring.core.bitcoin.transaction import display
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256
from anchoring.core.timestamp import APPEND, SHA256

ANSWER_BYTES = 10_000  # as in the reference client
NONCE_BYTES = 16
_ACCEPT = {"Accept": "application/vnd.opentimestamps.v1", "User-Agent": "medbridge-anchoring"}
GENESIS = {
    "bitcoin": "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
    "bitcoin-regtest": "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
    "local": "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
}


class CalendarChain:
    """Implements `interface.Chain`. A "transaction" is a nonce and the payload's digest, its id the hash submitted."""

    name = "opentimestamps"
    replaceable = True  # by another nonce, when the calendars have lost it

    def __init__(self, calendars: Sequence[str], headers: Headers, network: str) -> None:
        """Raises WrongNetwork."""
        self._calendars, self._headers, self.network = calendars, headers, network
        if headers.block_hash(0) != GENESIS[network]:
            raise WrongNetwork(f"the first of the headers is not that of {network}")

    def build(self, payload: bytes, history: History = NOTHING) -> Signed:
        nonce = os.urandom(NONCE_BYTES)  # two submissions of one payload are told apart, and nobody can guess them
        raw = nonce + sha256(payload)
        return Signed(_submitted(raw).hex(), raw)

    def send(self, raw: bytes) -> bytes:
        """To each calendar; one that takes it is enough."""
        digest, stubs, failures = _submitted(raw), [], []
        for calendar in self._calendars:
            try:
                stubs.append(_submit(calendar, digest))
            except (ChainError, Malformed) as error:
                failures.append(str(error))
        if not stubs:
            raise Unreachable("no calendar took the digest: " + "; ".join(failures))
        return ticket.dump(stubs)

    def poll(self, signed: Signed, last: Place | None = None) -> Status:
        digest, stubs = _submitted(signed.raw), ticket.load(signed.ticket)
        found = self._in_chain(stubs, digest)
        if found is None and stubs:
            stubs = [self._asked(stub, digest) for stub in stubs]
            found = self._in_chain(stubs, digest)
        if found is None:
            return Status(Presence.WAITING if stubs else Presence.UNKNOWN)
        confirmations = max(1, self._headers.tip() - found.height + 1)
        return Status(Presence.MINED, found, confirmations, ticket=ticket.dump(stubs))

    def _asked(self, stub: Stub, digest: bytes) -> Stub:
        """The calendar's newest word; its old one when it has none, is down, or makes no sense."""
        if stub.calendar not in self._calendars:
            return stub
        try:
            url = f"{stub.calendar.rstrip('/')}/timestamp/{stub.commitment(digest).hex()}"
            status, answer = exchange(url, headers=_ACCEPT, limit=ANSWER_BYTES)
            return stub.upgraded(answer, digest) if status == 200 else stub
        except (Unreachable, Malformed):
            return stub

    def _in_chain(self, stubs: Sequence[Stub], digest: bytes) -> Place | None:
        return next(self._places(stubs, digest), (None, None))[1]

    def _places(self, stubs: Sequence[Stub], digest: bytes) -> Iterator[tuple[Stub, Place]]:
        """Where the best chain has a block with the root that a stub leads to, the earliest first."""
        for stub in sorted((stub for stub in stubs if stub.height), key=lambda stub: stub.height):
            block_hash = self._headers.block_hash(stub.height)
            if block_hash is None:
                continue
            header = Header.parse(self._headers.header(block_hash))
            if header.merkle_root == stub.root(digest) and display(header.hash()) == block_hash:
                yield stub, Place(stub.height, block_hash)

    def proof(self, signed: Signed, place: Place) -> CalendarProof:
        digest = _submitted(signed.raw)
        for stub, found in self._places(ticket.load(signed.ticket), digest):
            if found == place:
                return CalendarProof((*_own_operations(signed.raw), *stub.operations), self._shown(place))
        raise ChainError(f"no calendar leads to block {place.block_hash}")

    def _shown(self, place: Place) -> tuple[bytes, ...]:
        last = min(self._headers.tip(), place.height + PROOF_HEADERS - 1)
        hashes = [self._headers.block_hash(height) for height in range(place.height, last + 1)]
        return tuple(self._headers.header(block_hash) for block_hash in hashes if block_hash)

    def funds(self, history: History = NOTHING) -> Funds | None:
        return None

    def mine(self, *, now: datetime) -> str | None:
        return None


def _submitted(raw: bytes) -> bytes:
    return sha256(raw[NONCE_BYTES:] + raw[:NONCE_BYTES])


def _own_operations(raw: bytes) -> tuple[bytes, ...]:
    """From the payload's digest to what was submitted."""
    return bytes((APPEND,)) + raw[:NONCE_BYTES], bytes((SHA256,))


def _submit(calendar: str, digest: bytes) -> Stub:
    headers = {**_ACCEPT, "Content-Type": "application/x-www-form-urlencoded"}
    status, answer = exchange(f"{calendar.rstrip('/')}/digest", digest, headers=headers, limit=ANSWER_BYTES)
    if status != 200:
        raise Unreachable(f"{place(calendar)} answers with {status}")
    return ticket.submitted(calendar, answer, digest)


def open_calendars(settings: Mapping[str, str]) -> CalendarChain:
    """settings: `calendars` (with commas), `headers`, `network`. Raises KeyError for a missing one, ChainError."""
    network = settings["network"]
    if network not in GENESIS:
        raise ChainError(f"{network!r} is not one of {', '.join(GENESIS)}")
    calendars = [url.strip() for url in settings["calendars"].split(",") if url.strip()]
    return CalendarChain(calendars, open_headers(settings["headers"]), network)
