"""Checks shared by the kinds whose blocks show proof of work: the headers, the auditor's chain, the price."""

from collections.abc import Sequence

from anchoring.core.anchors.kind import Claim, Place, Skipped
from anchoring.core.bitcoin.header import Header, check_headers, work
from anchoring.core.bitcoin.transaction import display
from anchoring.core.network import Network
from anchoring.core.tree import ProofError

# Of the best machines sold in 2026, and of cheap electricity; enough to say how many digits a forgery costs.
JOULES_PER_HASH = 15e-12
DOLLARS_PER_JOULE = 0.05 / 3.6e6


def check_work(claim: Claim, kind: str, headers: Sequence[Header]) -> str:
    network = claim.network(kind)
    check_headers(headers, easiest=network.easiest, pow_hash=network.pow_hash)
    return f"{len(headers)} linked headers with proof of work; {network.label} is {network.worth}"


def check_trust(claim: Claim, header: Header, price: str) -> str:
    """Raises Skipped with the price of a forgery when the auditor has no headers of the network."""
    if claim.trusted is None:
        raise Skipped(f"no trusted headers given; the block headers came with the receipt: {price}")
    if claim.trusted.depth(header.hash()) is None:
        raise ProofError(f"block {display(header.hash())} is not among your headers of {claim.label}")
    return f"the block is among your {claim.trusted.size} headers of {claim.label}, the branch with the most work"


def price(network: Network, headers: Sequence[Header]) -> str:
    """What making such headers would cost, in hashes and (for Bitcoin's hash) in electricity."""
    hashes = sum(work(header.bits) for header in headers)
    dollars = hashes * JOULES_PER_HASH * DOLLARS_PER_JOULE
    shown = f"about {dollars:,.0f} US dollars of electricity at 15 J/TH and 0.05 a kWh" if dollars >= 1 else "nothing"
    return f"to forge them takes {hashes:.1e} hashes, {shown}"


def place(claim: Claim, kind: str, headers: Sequence[Header], header: Header, block: str) -> Place:
    """`header` is the anchor's block; the auditor's headers count beyond the receipt's own."""
    network = claim.network(kind)
    deep = (claim.trusted.depth(header.hash()) or 0) if claim.trusted else 0
    missing = max(0, network.confirmations - max(deep, len(headers)))
    return Place(header.time, block, missing, price(network, headers))
