"""OpenTimestamps timestamps as calendars send them: a tree of operations on a message, attestations at its ends.

Only what leads somewhere by append, prepend and SHA-256 is followed; other operations and attestations are skipped.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256

SHA256, APPEND, PREPEND, ATTESTATION, FORK = 0x08, 0xF0, 0xF1, 0x00, 0xFF
PENDING = bytes.fromhex("83dfe30d2ef90c8e")
BITCOIN = bytes.fromhex("0588960d73d71901")
MAX_RESULT = 4096  # bytes of an operation's argument and result, as in the reference client
MAX_STEPS = 255
_OTHER_UNARY = (0x02, 0x03, 0x67, 0xF2, 0xF3)  # SHA-1, RIPEMD-160, Keccak-256, reverse, hexlify
_MAX_PAYLOAD = 8192  # of an attestation, as in the reference client


@dataclass(frozen=True, slots=True)
class Attested:
    """`operations` lead from the message to `value`, of which `tag` says who attests it and `payload` where."""

    operations: tuple[bytes, ...]
    value: bytes
    tag: bytes
    payload: bytes

    def height(self) -> int:
        """Of a Bitcoin attestation. Raises Malformed."""
        reader = _Reader(self.payload)
        height = reader.number()
        if reader.left:
            raise Malformed("a Bitcoin attestation holds more than its height")
        return height


def apply(operation: bytes, message: bytes) -> bytes:
    """`08`, `f0` and bytes, or `f1` and bytes. Raises Malformed."""
    if operation == bytes((SHA256,)):
        return sha256(message)
    argument = operation[1:]
    if operation[:1] == bytes((APPEND,)):
        result = message + argument
    elif operation[:1] == bytes((PREPEND,)):
        result = argument + message
    else:
        raise Malformed("an operation is neither append, prepend nor SHA-256")
    if not argument or len(argument) > MAX_RESULT or len(result) > MAX_RESULT:
        raise Malformed(f"an operation takes and gives 1 to {MAX_RESULT} bytes")
    return result


def follow(operations: tuple[bytes, ...], message: bytes) -> bytes:
    """Where they lead. Raises Malformed."""
    for operation in operations:
        message = apply(operation, message)
    return message


def read(raw: bytes, message: bytes) -> list[Attested]:
    """Every attestation that a timestamp of `message` holds. Raises Malformed."""
    reader = _Reader(raw)
    found = list(_walk(reader, message))
    if reader.left:
        raise Malformed(f"{reader.left} bytes follow the timestamp")
    return found


def _walk(reader: "_Reader", message: bytes) -> Iterator[Attested]:
    """Without recursion: `open_ends` holds the branches that a fork has left to come back to."""
    open_ends: list[tuple[tuple[bytes, ...], bytes | None]] = []
    path: tuple[bytes, ...] = ()
    here: bytes | None = message  # None behind an operation that is not followed
    while True:
        tag = reader.byte()
        if tag == FORK:
            open_ends.append((path, here))
            tag = reader.byte()
        if tag == ATTESTATION:
            kind, payload = reader.take(8), reader.variable(_MAX_PAYLOAD)
            if here is not None:
                yield Attested(path, here, kind, payload)
            if not open_ends:
                return
            path, here = open_ends.pop()
            continue
        operation = reader.operation(tag)
        if len(path) >= MAX_STEPS or len(open_ends) > MAX_STEPS:
            raise Malformed(f"the timestamp has more than {MAX_STEPS} steps")
        here = apply(operation, here) if here is not None and tag in (SHA256, APPEND, PREPEND) else None
        path = (*path, operation)


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    @property
    def left(self) -> int:
        return len(self._raw) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise Malformed("the timestamp is cut short")
        self._at += count
        return self._raw[self._at - count : self._at]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """Seven bits a byte, lowest first."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 56:
                raise Malformed("a number of the timestamp is too large")

    def variable(self, limit: int) -> bytes:
        size = self.number()
        if size > limit:
            raise Malformed(f"a part of the timestamp has more than {limit} bytes")
        return self.take(size)

    def operation(self, tag: int) -> bytes:
        if tag in (APPEND, PREPEND):
            return bytes((tag,)) + self.variable(MAX_RESULT)
        if tag == SHA256 or tag in _OTHER_UNARY:
            return bytes((tag,))
        raise Malformed(f"the timestamp has the unknown operation {tag:02x}")
