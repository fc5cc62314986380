"""The bytes an anchor puts on a public chain: docs/formats.md section 6.

magic(2) || log size(6) || SHA-256(checkpoint body)(32) || log root(32), 72 bytes in one OP_RETURN output (Bitcoin's
relay policy allows 80). The raw root follows the digest because the checkpoint body spells it in base64, which no
OpenTimestamps operation computes: through the raw root the standard `ots` client reaches the transaction.
"""

from dataclasses import dataclass

from anchoring.core.checkpoint import Checkpoint
from anchoring.core.encoding import Malformed, hash32

MAGIC = b"\x4d\xb1"  # "M", and B1 for "block log, version 1"; not Factom's "Fa"
SIZE = 72
_MAX_LOG_SIZE = 2**48 - 1


@dataclass(frozen=True, slots=True)
class Payload:
    size: int
    checkpoint_digest: bytes
    root: bytes

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "Payload":
        return cls(checkpoint.size, checkpoint.digest(), checkpoint.root)

    def encode(self) -> bytes:
        """Raises Malformed when the log size needs more than 6 bytes."""
        if not 0 <= self.size <= _MAX_LOG_SIZE:
            raise Malformed(f"log size {self.size} does not fit 6 bytes")
        digest = hash32(self.checkpoint_digest, "checkpoint digest")
        return MAGIC + self.size.to_bytes(6, "big") + digest + hash32(self.root, "log root")

    @classmethod
    def decode(cls, raw: bytes) -> "Payload":
        """Raises Malformed."""
        if len(raw) != SIZE or not raw.startswith(MAGIC):
            raise Malformed(f"an anchor payload is {SIZE} bytes that begin with {MAGIC.hex()}")
        return cls(int.from_bytes(raw[2:8], "big"), raw[8:40], raw[40:])
