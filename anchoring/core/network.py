"""The networks a receipt may name, and what this verifier demands of their blocks."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import scrypt

from anchoring.core.bitcoin.header import target
from anchoring.core.hashing import sha256d


@dataclass(frozen=True, slots=True)
class Network:
    """`easiest` is the easiest target believed of an anchor's block, 0 where headers show no work; `confirmations` how
    many blocks make an anchor count; `worth` what they are worth to an auditor; `limit` the easiest target that any
    block of the chain ever had; `kinds` the kinds of anchors that can be on it."""

    label: str
    easiest: int
    confirmations: int
    worth: str
    pow_hash: Callable[[bytes], bytes] = sha256d
    limit: int = target(0x207FFFFF)
    kinds: tuple[str, ...] = ("bitcoin", "opentimestamps")


def scrypt_hash(header: bytes) -> bytes:
    """Litecoin's proof-of-work hash of 80 bytes, internal order."""
    return scrypt(header, salt=header, n=1024, r=1, p=1, dklen=32)


WORTHLESS = "a development chain: anyone can forge its proof of work, so it proves the format and nothing more"
NETWORKS = {
    network.label: network
    for network in (
        Network(
            "local",
            target(0x207FFFFF),
            1,
            WORTHLESS,
        ),
        Network("bitcoin-regtest", target(0x207FFFFF), 1, WORTHLESS),
        Network("litecoin-regtest", target(0x207FFFFF), 1, WORTHLESS, scrypt_hash, kinds=("bitcoin",)),
        # Difficulty about 8.8e12, which Bitcoin has not been below since 2019: a cheaper header is a forgery.
        # Six blocks is what the OpenTimestamps server waits for.
        Network("bitcoin", target(0x171FFFFF), 6, "the public Bitcoin chain", limit=target(0x1D00FFFF)),
        Network("ethereum", 0, 1, "the public Ethereum chain", kinds=("ethereum",)),
        Network("ethereum-dev", 0, 1, "a development chain", kinds=("ethereum",)),
    )
}
