"""The networks a receipt may name, and what this verifier demands of their blocks."""

from collections.abc import Callable
from dataclasses import dataclass

from anchoring.core.bitcoin.header import target
from anchoring.core.hashing import sha256d


@dataclass(frozen=True, slots=True)
class Network:
    """`easiest` is the easiest target believed, `confirmations` how many blocks make an anchor count, `worth` what
    its proof of work is worth to an auditor."""

    label: str
    easiest: int
    confirmations: int
    worth: str
    pow_hash: Callable[[bytes], bytes] = sha256d


NETWORKS = {
    network.label: network
    for network in (
        Network(
            "local",
            target(0x207FFFFF),
            1,
            "a development chain: anyone can forge its proof of work, so it proves the format and nothing more",
        ),
        # Difficulty about 8.8e12, which Bitcoin has not been below since 2019: a cheaper header is a forgery.
        # Six blocks is what the OpenTimestamps server waits for.
        Network("bitcoin", target(0x171FFFFF), 6, "the public Bitcoin chain"),
    )
}
