"""The log's signed tree head, https://c2sp.org/tlog-checkpoint: origin, size and root as a signed note."""

import re
from dataclasses import dataclass

from anchoring.core.encoding import U64_MAX, Malformed, from_base64, hash32, to_base64
from anchoring.core.hashing import sha256
from anchoring.core.note import Note, SignatureError, Signer, Verifier

_SIZE = re.compile(r"0|[1-9][0-9]{0,19}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`origin` names the log (and equals its key's name), `size` counts directory blocks, `root` is 32 bytes."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The signed text, three lines each ending in a newline. No extension lines."""
        return f"{self.origin}\n{self.size}\n{to_base64(hash32(self.root, 'checkpoint root'))}\n"

    def digest(self) -> bytes:
        """SHA-256 of the body: what an anchor's payload commits to."""
        return sha256(self.body().encode())

    def sign(self, signer: Signer) -> str:
        """The checkpoint as published: a signed note. Raises Malformed unless the signer is named after the origin."""
        if signer.name != self.origin:
            raise Malformed(f"the key {signer.name} cannot sign for the log {self.origin}")
        return signer.sign(self.body())

    @classmethod
    def parse(cls, body: str) -> "Checkpoint":
        """Raises Malformed, on extension lines too: nothing this log does not state itself is accepted."""
        lines = body.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise Malformed("a checkpoint body is three lines: origin, size, root")
        if not _SIZE.fullmatch(lines[1]) or int(lines[1]) > U64_MAX:
            raise Malformed("the second line of a checkpoint is its size in decimal")
        return cls(lines[0], int(lines[1]), hash32(from_base64(lines[2], "the checkpoint root"), "the checkpoint root"))


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a signed note that the log's key signed. Raises Malformed or SignatureError."""
    signed = Note.parse(note)
    signed.check(verifier)
    checkpoint = Checkpoint.parse(signed.text)
    if checkpoint.origin != verifier.name:
        raise SignatureError(f"the key {verifier.name} cannot sign for the log {checkpoint.origin}")
    return checkpoint
