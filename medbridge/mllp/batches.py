"""Frames of all connections are kept together: while one batch waits for the disk, the next one gathers."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor

from medbridge.mllp.limits import Limits
from medbridge.mllp.replies import Handler, Received, Reply
from medbridge.normalize.hl7v2 import acknowledge

log = logging.getLogger(__name__)
_Waiting = tuple[Received, "asyncio.Future[Reply]"]


class Batches:
    """One batch at a time, so that what comes first is kept first."""

    def __init__(self, handle: Handler, pool: Executor, limits: Limits) -> None:
        self._handle, self._pool, self._limits = handle, pool, limits
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(limits.waiting)
        self._pace = Pace(limits.unhurried)
        self.awaited = 0  # outcomes that senders wait for now

    async def put(self, received: Received) -> asyncio.Future[Reply]:
        """Waits while the queue is full. The future never fails: what cannot be kept is answered with AE."""
        future = asyncio.get_running_loop().create_future()
        await self._waiting.put((received, future))
        return future

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < self._limits.batch and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            crowded = self.awaited + len(batch) > self._limits.awaited
            hurried = self._pace.hurried(len(batch), asyncio.get_running_loop().time()) or crowded
            replies = await self._kept([received for received, _ in batch], hurried)
            for (_, future), reply in zip(batch, replies, strict=True):
                if not future.done():
                    future.set_result(reply)

    async def _kept(self, batch: list[Received], hurried: bool) -> list[Reply]:
        try:
            return list(await asyncio.get_running_loop().run_in_executor(self._pool, self._handle, batch, hurried))
        except Exception:
            if len(batch) > 1:  # one that cannot be kept must not refuse the others
                return [reply for received in batch for reply in await self._kept([received], hurried)]
            # The sender must get an answer, and one that makes it send again: nothing was promised yet.
            log.exception("%s: a message could not be kept", batch[0][0])
            return [Reply(acknowledge(batch[0][1], "AE", "internal error; send the message again"))]


class Pace:
    """Whether more than `limit` frames came in this second or the last one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begun, self._count, self._last = 0.0, 0, 0

    def hurried(self, frames: int, now: float) -> bool:
        if now - self._begun >= 1:
            self._last = self._count if now - self._begun < 2 else 0
            self._begun, self._count = now, 0
        self._count += frames
        return max(self._last, self._count) > self._limit
