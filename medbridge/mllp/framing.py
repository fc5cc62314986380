"""MLLP frames: 0x0B, the message, 0x1C 0x0D (HL7 v3 Transport Specification, MLLP release 1)."""

from __future__ import annotations

from dataclasses import dataclass

START, END, CARRIAGE_RETURN = b"\x0b", b"\x1c", b"\x0d"


@dataclass(frozen=True, slots=True)
class Frame:
    """What came between two marks. fault: why it is not to be taken as a message; "" for a whole frame."""

    body: bytes
    fault: str = ""


class Framer:
    """Cuts what arrives into frames; holds at most `limit` bytes of an unfinished one.

    Bytes outside frames are dropped (line ends, keep-alives, a port scanner's greeting); `skipped` counts them. The CR
    after 0x1C is not waited for: some senders leave it out, and neither byte can occur in a message. A new start mark
    inside a frame means that the end of the first one was lost: that one comes out with a fault.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.skipped = 0
        self._buffer = bytearray()
        self._inside = False
        self._searched = 0  # a big frame in small pieces must not be searched from its start each time

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def unfinished(self) -> bool:
        return self._inside

    def next(self) -> Frame | None:
        """The next frame, None if more bytes are needed. After a frame over the limit the stream cannot be trusted."""
        if not self._inside and not self._enter():
            return None
        while self._buffer[:1] == START:  # repeated start marks begin one frame
            del self._buffer[:1]
        end, start = (self._buffer.find(mark, self._searched) for mark in (END, START))
        if start >= 0 and (end < 0 or start < end):
            return self._cut(start, "the frame has no end mark (0x1C 0x0D)")
        if end >= 0:
            return self._cut(end, self._too_long(end))
        self._searched = len(self._buffer)
        return self._cut(self.limit, self._too_long(self._searched)) if self._searched > self.limit else None

    def _enter(self) -> bool:
        """To the byte after the next start mark."""
        start = self._buffer.find(START)
        dropped = len(self._buffer) if start < 0 else start
        self.skipped += len(self._buffer[:dropped].strip(b"\r\n"))
        del self._buffer[: dropped + (start >= 0)]
        self._inside, self._searched = start >= 0, 0
        return self._inside

    def _cut(self, at: int, fault: str) -> Frame:
        body = bytes(self._buffer[:at])
        del self._buffer[:at]
        self._inside = False
        if self._buffer[:1] == END:
            del self._buffer[:1]
        return Frame(body, fault)

    def _too_long(self, length: int) -> str:
        return f"the message is longer than {self.limit} bytes" if length > self.limit else ""


def framed(message: bytes) -> bytes:
    return START + message + END + CARRIAGE_RETURN
