"""Block headers (80 bytes), compact targets and proof of work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from anchoring.core.bitcoin.transaction import display
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256d
from anchoring.core.tree import ProofError

SIZE = 80
MAX_TARGET = (1 << 256) - 1


@dataclass(frozen=True, slots=True)
class Header:
    """`previous` and `merkle_root` 32 bytes in internal order; `time` in seconds since 1970; `bits` compact target."""

    version: int
    previous: bytes
    merkle_root: bytes
    time: int
    bits: int
    nonce: int

    def encode(self) -> bytes:
        numbers = b"".join(n.to_bytes(4, "little") for n in (self.time, self.bits, self.nonce))
        return self.version.to_bytes(4, "little") + self.previous + self.merkle_root + numbers

    def hash(self) -> bytes:
        """32 bytes, internal order."""
        return sha256d(self.encode())

    @classmethod
    def parse(cls, raw: bytes) -> "Header":
        """Raises Malformed."""
        if len(raw) != SIZE:
            raise Malformed(f"a block header is {SIZE} bytes, not {len(raw)}")
        version, time, bits, nonce = (int.from_bytes(raw[i : i + 4], "little") for i in (0, 68, 72, 76))
        return cls(version, raw[4:36], raw[36:68], time, bits, nonce)


def target(bits: int) -> int:
    """The number a block's proof of work may not exceed. Raises Malformed when negative, zero or over 256 bits."""
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    value = mantissa << 8 * (exponent - 3) if exponent > 3 else mantissa >> 8 * (3 - exponent)
    if bits & 0x800000 or not 0 < value <= MAX_TARGET:
        raise Malformed(f"compact target {bits:08x} is not a valid target")
    return value


def work(bits: int) -> int:
    """Expected number of hashes for one block."""
    return (1 << 256) // (target(bits) + 1)


def check_proof_of_work(header: Header, *, easiest: int, pow_hash: Callable[[bytes], bytes] = sha256d) -> None:
    """The header meets its own target, which is no easier than `easiest`. Raises ProofError.

    `pow_hash` maps 80 bytes to 32 in internal order: sha256d for Bitcoin, scrypt for Litecoin.
    """
    goal = _target(header)
    if goal > easiest:
        raise ProofError(f"block {display(header.hash())} claims an easier target than its network allows")
    if int.from_bytes(pow_hash(header.encode()), "little") > goal:
        raise ProofError(f"block {display(header.hash())} does not meet its target: no proof of work")


def _target(header: Header) -> int:
    try:
        return target(header.bits)
    except Malformed as error:
        raise ProofError(str(error)) from error


def check_headers(headers: Sequence[Header], *, easiest: int, pow_hash: Callable[[bytes], bytes] = sha256d) -> None:
    """Each has its proof of work and names the one before it. Raises ProofError."""
    for header in headers:
        check_proof_of_work(header, easiest=easiest, pow_hash=pow_hash)
    for number, (parent, child) in enumerate(pairwise(headers), 1):
        if child.previous != parent.hash():
            raise ProofError(f"header {number} does not follow header {number - 1}")


def read_headers(raw: bytes) -> list[Header]:
    """Concatenated 80-byte headers. Raises Malformed."""
    if not raw or len(raw) % SIZE:
        raise Malformed(f"a file of headers is a positive multiple of {SIZE} bytes, not {len(raw)}")
    return [Header.parse(raw[i : i + SIZE]) for i in range(0, len(raw), SIZE)]
