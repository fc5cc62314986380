"""What the verifier asks of a kind of anchor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from anchoring.core.checkpoint import Checkpoint
from anchoring.core.encoding import Malformed
from anchoring.core.network import NETWORKS, Network
from anchoring.core.strict_json import Codec
from anchoring.core.trust import Trusted


class Skipped(Exception):
    """Nothing was given to check against."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One anchor under examination: `checkpoint` is the one it commits to, signature checked; `trusted` is the
    auditor's own chain of that network, if there is one."""

    label: str
    proof: Any
    checkpoint: Checkpoint
    trusted: Trusted | None

    def network(self, kind: str) -> Network:
        """Raises Malformed when it is unknown, or none that this kind of anchor can be on."""
        network = NETWORKS.get(self.label)
        if network is None:
            raise Malformed(f"this verifier does not know the network {self.label[:40]!r}")
        if kind not in network.kinds:
            raise Malformed(f"an anchor of kind {kind!r} cannot be on the network {self.label!r}")
        return network


@dataclass(frozen=True, slots=True)
class Finding:
    """A numbered check: a sentence when it holds; raises ProofError or Malformed with one when not, or Skipped."""

    number: int
    title: str
    check: Callable[[Claim], str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the anchor is: `time` in seconds since 1970 by the block's own clock, `block` as in "block 106", `missing`
    how many blocks until it counts; `price` says what forging what the receipt shows would cost."""

    time: int
    block: str
    missing: int
    price: str


@dataclass(frozen=True, slots=True)
class Kind:
    """`codec` reads and writes `anchors[].proof`; `place` is asked only when every finding held."""

    name: str
    proof: type
    codec: Codec[Any]
    findings: tuple[Finding, ...]
    place: Callable[[Claim], Place]
