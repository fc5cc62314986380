"""Kind `opentimestamps`: a calendar's path from the payload's digest to a block's Merkle root. docs/formats.md."""

from dataclasses import dataclass

from anchoring.core import strict_json as sj
from anchoring.core.anchors import work
from anchoring.core.anchors.bitcoin import HEADERS
from anchoring.core.anchors.kind import Claim, Finding, Kind, Place, Skipped
from anchoring.core.bitcoin.header import Header
from anchoring.core.bitcoin.transaction import display
from anchoring.core.encoding import HASH_BYTES, Malformed
from anchoring.core.hashing import sha256
from anchoring.core.payload import Payload
from anchoring.core.timestamp import MAX_RESULT, MAX_STEPS, follow
from anchoring.core.tree import ProofError

NAME = "opentimestamps"


@dataclass(frozen=True, slots=True)
class CalendarProof:
    """`operations` as an `.ots` file has them, without their lengths; `headers` 80 bytes each: the block's own, then
    its successors; none when nobody gave them."""

    operations: tuple[bytes, ...]
    headers: tuple[bytes, ...]

    def parsed(self) -> list[Header]:
        """Raises Malformed."""
        return [Header.parse(raw) for raw in self.headers]


def _root(claim: Claim) -> bytes:
    """Where the operations lead. Raises Malformed."""
    root = follow(claim.proof.operations, sha256(Payload.of(claim.checkpoint).encode()))
    if len(root) != HASH_BYTES:
        raise Malformed(f"the calendar's operations lead to {len(root)} bytes, not to a Merkle root")
    return root


def _header(claim: Claim) -> Header | None:
    """Of the block: the receipt's, else the auditor's."""
    headers: list[Header] = claim.proof.parsed()
    if headers:
        return headers[0]
    return claim.trusted.by_root(_root(claim)) if claim.trusted else None


def _operations(claim: Claim) -> str:
    root, headers = _root(claim), claim.proof.parsed()
    if headers and headers[0].merkle_root != root:
        raise ProofError("the calendar's operations do not lead to the block's Merkle root")
    shown = f"block {display(headers[0].hash())}" if headers else f"the block with Merkle root {display(root)}"
    return (
        f"{len(claim.proof.operations)} operations lead from the checkpoint of size {claim.checkpoint.size} to {shown}"
    )


def _work(claim: Claim) -> str:
    return work.check_work(claim, NAME, claim.proof.parsed())


def _trust(claim: Claim) -> str:
    headers = claim.proof.parsed()
    if claim.trusted is None and not headers:
        raise Skipped("no trusted headers given, and a calendar gives none: nothing shows that there is such a block")
    header = _header(claim)
    if header is None:
        raise ProofError(f"no block among your headers of {claim.label} has the calendar's Merkle root")
    return work.check_trust(claim, header, work.price(claim.network(NAME), headers))


def _place(claim: Claim) -> Place:
    header = _header(claim)
    if header is None:
        return Place(0, "an unknown block", claim.network(NAME).confirmations, "there are none")
    return work.place(claim, NAME, claim.proof.parsed(), header, f"block {display(header.hash())}")


_CODEC = sj.record(
    CalendarProof,
    {"operations": sj.array(sj.hexadecimal(limit=MAX_RESULT + 1), MAX_STEPS), "headers": HEADERS},
)
_FINDINGS = (
    Finding(11, "calendar operations", _operations),
    Finding(14, "headers", _work),
    Finding(15, "trusted headers", _trust),
)
KIND = Kind(NAME, CalendarProof, _CODEC, _FINDINGS, _place)
