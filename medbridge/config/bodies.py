"""Bodies on their way: read by the event loop of a web process, so that no thread waits for a client."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from medbridge.fhir.outcome import FhirError, Issue

LOOK_SECONDS = 0.5
_LENGTH_DIGITS = 18  # more is no number of bytes that anything here could hold


@dataclass(frozen=True, kw_only=True)
class Limits:
    """largest: bytes of one body. held: of all that are on their way or being answered. waiting: how many may be on
    their way. grace: seconds in which nothing need come. rate: bytes a second after them, on the average."""

    largest: int
    held: int
    waiting: int
    grace: float
    rate: int


@dataclass(eq=False)
class Arriving:
    """What has come of one body, since when, and why no more of it is waited for."""

    task: asyncio.Task[Any] | None
    begun: float
    size: int = 0
    refusal: FhirError | None = None

    def refused(self, status: int, code: str, text: str) -> None:
        self.refusal = FhirError(status, [Issue(code, text)])

    def interrupt(self, status: int, code: str, text: str) -> None:
        if self.task and self.refusal is None:
            self.refused(status, code, text)
            self.task.cancel()


class Bodies:
    """Belongs to the event loop: nothing of it may be called from another thread."""

    def __init__(self, limits: Limits, *, busy: Callable[[], bool]) -> None:
        """busy: whether this process is too busy to receive anything, for which no client is to blame."""
        self._limits, self._busy = limits, busy
        self._waiting: dict[Arriving, None] = {}  # the oldest first
        self._held = 0

    async def read(self, proto: Any, length: str) -> tuple[io.BytesIO, int] | FhirError:
        """The whole body and its size; of one that is too large nothing, and the size it has at least.

        proto: RSGI's. length: Content-Length, or empty. A refusal (400, 408, 503) is returned: were it raised, its
        traceback would hold `proto`, and with it the connection.
        """
        told = int(length) if length.isascii() and length.isdigit() and len(length) <= _LENGTH_DIGITS else None
        if told is not None and told > self._limits.largest:
            return io.BytesIO(), told
        arriving = self._begin()
        try:
            body = await self._collect(proto, arriving, told)
        except asyncio.CancelledError:
            if arriving.refusal is None:
                raise
            body = None
        finally:
            del self._waiting[arriving]
        if body is not None and arriving.size <= self._limits.largest:
            return body, arriving.size
        self.let_go(arriving.size)
        return arriving.refusal or (io.BytesIO(), arriving.size)

    def let_go(self, size: int) -> None:
        """Of a body that was read, once it is answered."""
        self._held -= size

    def _begin(self) -> Arriving:
        loop = asyncio.get_running_loop()
        arriving = Arriving(asyncio.current_task(), loop.time())
        if not self._waiting:
            loop.call_later(LOOK_SECONDS, self._look)
        elif len(self._waiting) >= self._limits.waiting:
            text = "Too many bodies are on their way at once, and this one began first. Send it again."
            next(iter(self._waiting)).interrupt(503, "throttled", text)
        self._waiting[arriving] = None
        return arriving

    async def _collect(self, proto: Any, arriving: Arriving, told: int | None) -> io.BytesIO | None:
        body, largest = io.BytesIO(), self._limits.largest
        pieces = aiter(proto)
        while arriving.size != told and arriving.size <= largest and (piece := await anext(pieces)):
            arriving.size += len(piece)
            self._held += len(piece)
            if self._held > self._limits.held:
                arriving.refused(503, "throttled", "Bodies take all the room there is. Send it again later.")
                return None
            body.write(piece)
        if arriving.size != told and arriving.size <= largest and (told is not None or not await _ended(pieces)):
            arriving.refused(400, "structure", "The body ended too early. Send it again, whole.")
            return None
        body.seek(0)
        return body

    def _look(self) -> None:
        loop, limits = asyncio.get_running_loop(), self._limits
        for arriving in list(self._waiting) if not self._busy() else ():
            late = loop.time() - arriving.begun - limits.grace
            if late > 0 and arriving.size < late * limits.rate:
                text = f"The body came at less than {limits.rate} bytes a second after {limits.grace} seconds."
                arriving.interrupt(408, "timeout", text)
        if self._waiting:
            loop.call_later(LOOK_SECONDS, self._look)


async def _ended(pieces: Any) -> bool:
    """granian gives an empty piece for the end and for a broken connection; after the end it has no more to give."""
    try:
        await anext(pieces)
    except StopAsyncIteration:
        return True
    return False
