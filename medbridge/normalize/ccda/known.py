"""Which resources a document has made already: 16 bytes each, however long the document is."""

from __future__ import annotations

from array import array
from hashlib import blake2b

FIRST_SIZE = 1024  # a power of two
FULL = 0.7  # of the slots; beyond that a search walks too far


class Known:
    """Digests of 64 bits by digests of 64 bits, in two flat arrays (open addressing, linear probing).

    Two of a million resources share a key with probability 3e-8: one of them would get an id of its own, none is lost.
    """

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * FIRST_SIZE))
        self._values = array("Q", bytes(8 * FIRST_SIZE))
        self._count = 0

    def get(self, key: str) -> int:
        """What was put under the key, 0 for nothing."""
        return self._values[self._slot(digest(key.encode()))]

    def put(self, key: str, value: int) -> None:
        if self._count > FULL * len(self._keys):
            self._grow()
        number = digest(key.encode())
        slot = self._slot(number)
        self._count += not self._keys[slot]
        self._keys[slot], self._values[slot] = number, value

    def _slot(self, number: int) -> int:
        keys, last = self._keys, len(self._keys) - 1
        slot = number & last
        while keys[slot] not in (0, number):
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        pairs = zip(self._keys, self._values, strict=True)
        size = 8 * len(self._keys) * 2
        self._keys, self._values = array("Q", bytes(size)), array("Q", bytes(size))
        for key, value in pairs:
            if key:
                slot = self._slot(key)
                self._keys[slot], self._values[slot] = key, value


def digest(said: bytes) -> int:
    """64 bits, never 0."""
    return int.from_bytes(blake2b(said, digest_size=8).digest()) or 1
