"""Cosignatures of witnesses on a checkpoint, https://c2sp.org/tlog-cosignature (Ed25519, timestamped)."""

from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from anchoring.core.encoding import Malformed, from_base64, from_hex, to_base64, u64
from anchoring.core.hashing import sha256
from anchoring.core.note import DASH, Note, SignatureError, check_name, signature_line

COSIGNATURE = b"\x04"  # signature type of C2SP tlog-cosignature
SIZE = 4 + 8 + 64  # key id, time, Ed25519 signature


def _message(body: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{body}".encode()


@dataclass(frozen=True)
class Witness:
    """A witness's public key. Text form: `name+keyid+base64(04 || public key)`."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != 32:
            raise Malformed(f"an Ed25519 public key is 32 bytes, not {len(self.public)}")

    @cached_property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + COSIGNATURE + self.public)[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(COSIGNATURE + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> "Witness":
        """Raises Malformed."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        key = from_base64(encoded, "a witness key")
        if key[:1] != COSIGNATURE:
            raise Malformed("a witness key is name+keyid+base64 with type 04")
        witness = cls(name, key[1:])
        if witness.key_id != from_hex(key_id, "the key id of a witness key"):
            raise Malformed("the key id of a witness key does not belong to its name and key")
        return witness

    def check(self, body: str, line: str) -> int:
        """The time (seconds since 1970) of this witness's cosignature on a checkpoint's body.

        `line` is a signature line with its newline. Raises Malformed, SignatureError.
        """
        name, raw = signature_line(line.removesuffix("\n"))
        if name != self.name or raw[:4] != self.key_id or len(raw) != SIZE:
            raise SignatureError(f"the line is no cosignature by {self.name}+{self.key_id.hex()}")
        time = int.from_bytes(raw[4:12], "big")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw[12:], _message(body, time))
        except InvalidSignature as error:
            raise SignatureError(f"the cosignature by {self.name} is wrong") from error
        return time


@dataclass(frozen=True)
class Cosigner:
    """A witness's private key: a name and a 32-byte seed. A key cosigns under one name only."""

    name: str
    seed: bytes

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def witness(self) -> Witness:
        return Witness(self.name, self._key.public_key().public_bytes_raw())

    def cosign(self, body: str, time: int) -> str:
        """The signature line for a checkpoint's body, ending in a newline; `time` in seconds since 1970."""
        raw = self.witness.key_id + u64(time) + self._key.sign(_message(body, time))
        return f"{DASH}{self.name} {to_base64(raw)}\n"


def cosignatures(note: str, witnesses: list[Witness]) -> dict[str, int]:
    """Which of these witnesses cosigned the checkpoint, and when; lines of others are ignored. Raises Malformed."""
    signed, found = Note.parse(note), {}
    for name, raw in signed.signatures:
        for witness in witnesses:
            if (name, raw[:4]) == (witness.name, witness.key_id):
                found[name] = witness.check(signed.text, f"{DASH}{name} {to_base64(raw)}\n")
    return found
