"""Blocks on disk in the layout of Bitcoin's own blk files: magic, length, block; append-only."""

import os
from collections.abc import Iterator
from pathlib import Path

from anchoring.chains.interface import ChainError

REGTEST_MAGIC = bytes.fromhex("fabfb5da")
MAX_BLOCK_BYTES = 4_000_000
_HEAD = 8


class BlockFile:
    """Call only while holding the chain's lock. `offset` is where the next unread record begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0

    def unread(self) -> Iterator[bytes]:
        """The blocks appended since the last call, by any process.

        A crash during `append` leaves an incomplete last record: it is cut off, for no one was told of its block.
        Raises ChainError when a record before the last is damaged.
        """
        if not self.path.exists():
            return
        with self.path.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            if end < self.offset:
                raise ChainError(f"{self.path} has shrunk from {self.offset} to {end} bytes while open")
            file.seek(self.offset)
            while self.offset < end:
                head = file.read(_HEAD)
                size = int.from_bytes(head[4:], "little")
                if self.offset + _HEAD + size > end or len(head) < _HEAD:
                    self._cut(file.fileno(), head)
                    return
                if head[:4] != REGTEST_MAGIC or size > MAX_BLOCK_BYTES:
                    raise ChainError(f"{self.path} is damaged at byte {self.offset}: move it away to start a new chain")
                raw = file.read(size)
                self.offset += _HEAD + size
                yield raw

    def _cut(self, file: int, head: bytes) -> None:
        if not REGTEST_MAGIC.startswith(head[:4]):
            raise ChainError(f"{self.path} is damaged at byte {self.offset}: move it away to start a new chain")
        os.ftruncate(file, self.offset)
        os.fsync(file)

    def append(self, *blocks: bytes) -> None:
        """On disk when it returns. The caller has read everything before."""
        with self.path.open("ab") as file:
            for raw in blocks:
                file.write(REGTEST_MAGIC + len(raw).to_bytes(4, "little") + raw)
            file.flush()
            os.fsync(file.fileno())
            self.offset = file.tell()
