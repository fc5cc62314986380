"""An entry: one commitment at one place of one chain. Bytes: docs/formats.md section 2."""

from dataclasses import dataclass

from anchoring.core.encoding import Malformed, hash32, u64
from anchoring.core.hashing import sha256

TAG = b"MedBridge/entry/v1\x00"
NO_PREVIOUS = bytes(32)  # `previous` of the first entry or block of its line
SIZE = len(TAG) + 32 + 8 + 32 + 8 + 32


@dataclass(frozen=True, slots=True)
class Entry:
    """`sequence` counts from 0 without gaps within `chain`; `previous` is the hash of the entry before it.

    `time` is milliseconds since 1970-01-01T00:00:00Z, the operator's own word. chain, previous, commitment: 32 bytes.
    """

    chain: bytes
    sequence: int
    previous: bytes
    time: int
    commitment: bytes

    def encode(self) -> bytes:
        """Raises Malformed when a field has the wrong size."""
        return b"".join(
            (
                TAG,
                hash32(self.chain, "entry chain"),
                u64(self.sequence),
                hash32(self.previous, "entry previous"),
                u64(self.time),
                hash32(self.commitment, "entry commitment"),
            )
        )

    def hash(self) -> bytes:
        return sha256(self.encode())

    @classmethod
    def decode(cls, raw: bytes) -> "Entry":
        """Raises Malformed."""
        if len(raw) != SIZE or not raw.startswith(TAG):
            raise Malformed(f"an entry is {SIZE} bytes that begin with {TAG!r}")
        body = raw[len(TAG) :]
        sequence, time = int.from_bytes(body[32:40], "big"), int.from_bytes(body[72:80], "big")
        return cls(body[:32], sequence, body[40:72], time, body[80:])
