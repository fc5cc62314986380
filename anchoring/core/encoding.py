"""Field encodings shared by every format: big-endian integers, lower-case hex, canonical base64."""

import base64
import binascii

U64_MAX = 2**64 - 1
HASH_BYTES = 32


class Malformed(ValueError):
    """Bytes or text that do not follow a format. The message is one sentence: where, and what was expected."""


def u64(value: int) -> bytes:
    """8 bytes, big-endian. Raises Malformed outside 0 .. 2^64-1."""
    if not 0 <= value <= U64_MAX:
        raise Malformed(f"{value} does not fit an unsigned 64-bit integer")
    return value.to_bytes(8, "big")


def hash32(value: bytes, name: str) -> bytes:
    """The value itself if it is 32 bytes long. Raises Malformed."""
    if len(value) != HASH_BYTES:
        raise Malformed(f"{name} must be {HASH_BYTES} bytes, not {len(value)}")
    return value


def from_hex(text: str, name: str) -> bytes:
    """Lower-case hex to bytes: one byte string has one spelling. Raises Malformed."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = None
    if value is None or value.hex() != text:  # fromhex takes capitals and spaces too
        raise Malformed(f"{name} must be lower-case hexadecimal with an even number of digits")
    return value


def from_base64(text: str, name: str) -> bytes:
    """RFC 4648 section 4 with padding, canonical (section 3.5: unused bits are zero). Raises Malformed."""
    try:
        value = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Malformed(f"{name} must be base64") from error
    if base64.b64encode(value).decode() != text:
        raise Malformed(f"{name} must be canonical base64")
    return value


def to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
