"""Signed notes with Ed25519, https://c2sp.org/signed-note."""

from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from anchoring.core.encoding import Malformed, from_base64, from_hex, to_base64
from anchoring.core.hashing import sha256

ED25519 = b"\x01"  # signature type of C2SP signed-note
KEY_ID_BYTES = 4
MAX_NOTE_CHARACTERS = 16_384  # far above any checkpoint with its cosignatures
MAX_SIGNATURES = 32
DASH = "\N{EM DASH} "


class SignatureError(ValueError):
    """A note whose signature is missing or wrong; the message says which."""


@dataclass(frozen=True)
class Verifier:
    """A public key and its name. Its text form is the vkey `name+keyid+base64(01 || public key)`."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != 32:
            raise Malformed(f"an Ed25519 public key is 32 bytes, not {len(self.public)}")

    @cached_property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public)[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(ED25519 + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> "Verifier":
        """Raises Malformed."""
        name, key_id, key = _split_key(vkey, "a verifier key")
        verifier = cls(name, key)
        if verifier.key_id != key_id:
            raise Malformed("the key id of a verifier key does not belong to its name and key")
        return verifier


@dataclass(frozen=True)
class Signer:
    """A named private key (a 32-byte seed). Text form, as in Go: `PRIVATE+KEY+name+keyid+base64(01 || seed)`."""

    name: str
    seed: bytes

    @cached_property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._key.public_key().public_bytes_raw())

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        if len(self.seed) != 32:
            raise Malformed(f"an Ed25519 seed is 32 bytes, not {len(self.seed)}")
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def skey(self) -> str:
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{to_base64(ED25519 + self.seed)}"

    @classmethod
    def parse(cls, skey: str) -> "Signer":
        """Raises Malformed, without repeating the key."""
        if not skey.startswith("PRIVATE+KEY+"):
            raise Malformed("a signer key begins with PRIVATE+KEY+")
        name, key_id, seed = _split_key(skey.removeprefix("PRIVATE+KEY+"), "a signer key")
        signer = cls(name, seed)
        if signer.verifier.key_id != key_id:
            raise Malformed("the key id of a signer key does not belong to its name and key")
        return signer

    def sign(self, text: str) -> str:
        """The whole signed note: text, blank line, signature line. `text` ends in a newline. Raises Malformed."""
        return f"{text}\n{self.line(text)}"

    def line(self, text: str) -> str:
        """The signature line alone, for a note that others sign too. Raises Malformed."""
        _check_text(text)
        signature = self.verifier.key_id + self._key.sign(text.encode())
        return f"{DASH}{self.name} {to_base64(signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """`text` is what was signed, ending in a newline; each signature is (key name, key id(4) || signature)."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Raises Malformed."""
        if len(note) > MAX_NOTE_CHARACTERS:
            raise Malformed(f"a signed note is at most {MAX_NOTE_CHARACTERS} characters")
        text, separator, lines = note.rpartition("\n\n")
        if not separator or not lines.endswith("\n"):
            raise Malformed("a signed note is a text, a blank line and signature lines")
        _check_text(text + "\n")
        signatures = tuple(signature_line(line) for line in lines[:-1].split("\n"))
        if len(signatures) > MAX_SIGNATURES:
            raise Malformed(f"a signed note has at most {MAX_SIGNATURES} signatures")
        return cls(text + "\n", signatures)

    def only(self, verifier: Verifier) -> str:
        """The note with this key's signatures alone."""
        mine = [(name, raw) for name, raw in self.signatures if name == verifier.name and raw[:4] == verifier.key_id]
        return f"{self.text}\n" + "".join(f"{DASH}{name} {to_base64(raw)}\n" for name, raw in mine)

    def check(self, verifier: Verifier) -> None:
        """At least one signature of this key, and every one of them good. Raises SignatureError."""
        mine = [raw for name, raw in self.signatures if name == verifier.name and raw[:4] == verifier.key_id]
        if not mine:
            raise SignatureError(f"no signature by {verifier.name}+{verifier.key_id.hex()}")
        key = Ed25519PublicKey.from_public_bytes(verifier.public)
        for raw in mine:
            try:
                key.verify(raw[KEY_ID_BYTES:], self.text.encode())
            except InvalidSignature as error:
                raise SignatureError(f"the signature by {verifier.name} is wrong") from error


def signature_line(line: str) -> tuple[str, bytes]:
    """(key name, key id(4) || signature) of a signature line without its newline. Raises Malformed."""
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH):
        raise Malformed("a signature line begins with an em dash and a space")
    check_name(name)
    raw = from_base64(encoded, "a note signature")
    if len(raw) <= KEY_ID_BYTES:
        raise Malformed("a note signature is a 4-byte key id and a signature")
    return name, raw


def _split_key(text: str, what: str) -> tuple[str, bytes, bytes]:
    parts = text.split("+", 2)  # base64 may hold a plus sign
    if len(parts) != 3:
        raise Malformed(f"{what} is name+keyid+base64")
    key = from_base64(parts[2], what)
    if key[:1] != ED25519 or len(key) != 33:
        raise Malformed(f"{what} must be Ed25519 (type 01 and 32 bytes)")
    return parts[0], from_hex(parts[1], f"the key id of {what}"), key[1:]


def check_name(name: str) -> None:
    """Of a key. Raises Malformed."""
    if not name or "+" in name or any(letter.isspace() for letter in name) or not name.isprintable():
        raise Malformed("a key name is not empty and has no space and no plus sign")


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any((ord(letter) < 0x20 and letter != "\n") for letter in text):
        raise Malformed("the text of a note ends in a newline and has no other control character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Malformed("the text of a note must be valid UTF-8") from error
