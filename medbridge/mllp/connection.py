"""One connection: frames in, acknowledgements out, both in order, neither waiting for the other."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor

from medbridge.mllp.batches import Batches
from medbridge.mllp.framing import Frame, Framer, framed
from medbridge.mllp.limits import Limits
from medbridge.mllp.replies import Reply
from medbridge.normalize.hl7v2 import acknowledge

CHUNK = 64 * 1024
# Bytes of answers that a sender may leave unread before it has to; below asyncio's own mark drain() waits for nothing.
UNREAD = 16 * 1024
log = logging.getLogger(__name__)
_Answers = asyncio.Queue["asyncio.Future[Reply] | None"]


class Connection:
    """serve() ends when the sender hangs up, is silent too long or does not read its answers, and after stop()."""

    def __init__(
        self, sender: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, batches: Batches,
        pool: Executor, limits: Limits,
    ) -> None:  # fmt: skip
        self._sender, self._reader, self._writer = sender, reader, writer
        self._batches, self._pool, self._limits = batches, pool, limits
        self._answers: _Answers = asyncio.Queue(limits.pipelined)
        self._outcomes: _Answers = asyncio.Queue(limits.pipelined)
        self._framer = Framer(limits.frame)
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """What was read is answered; a frame not read yet is not: its sender sends it again."""
        self._stopped.set()

    async def serve(self) -> None:
        sending = [asyncio.create_task(self._send(self._answers)), asyncio.create_task(self._send_outcomes())]
        try:
            await self._until_stopped(*sending)
        except TimeoutError:
            state = "in the middle of a frame" if self._framer.unfinished else "between frames"
            log.info("%s: connection closed after %g s %s", self._sender, self._limits.idle_seconds, state)
        except ConnectionError as error:
            log.info("%s: connection lost: %s", self._sender, error)
        finally:
            await self._finish(*sending)

    async def _until_stopped(self, *sending: asyncio.Task[None]) -> None:
        """Reads until told to stop, or until the answers cannot be sent any more."""
        reading, stopping = asyncio.create_task(self._read()), asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait([reading, stopping, *sending], return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
        finally:
            for task in (reading, stopping):
                task.cancel()
            await asyncio.gather(reading, stopping, return_exceptions=True)

    async def _finish(self, answers: asyncio.Task[None], outcomes: asyncio.Task[None]) -> None:
        for queue, task in ((self._answers, answers), (self._outcomes, outcomes)):
            while not task.done():
                try:
                    queue.put_nowait(None)
                    break
                except asyncio.QueueFull:
                    await asyncio.sleep(0.01)
            await asyncio.gather(task, return_exceptions=True)
        if self._framer.skipped:
            log.warning("%s: %d bytes outside frames were dropped", self._sender, self._framer.skipped)
        self._writer.close()

    async def _read(self) -> None:
        while frame := await self._frame():
            if frame.fault:
                log.warning("%s: %s", self._sender, frame.fault)
                await self._answers.put(_settled(Reply(acknowledge(frame.body, "AR", frame.fault))))
                if len(frame.body) >= self._limits.frame:
                    return
            else:
                await self._answers.put(await self._batches.put((self._sender, frame.body)))

    async def _frame(self) -> Frame | None:
        """The next frame; None when the sender hung up. Raises TimeoutError."""
        async with asyncio.timeout(self._limits.idle_seconds):
            while (frame := self._framer.next()) is None:
                data = await self._reader.read(CHUNK)
                if not data:
                    return None
                self._framer.feed(data)
            return frame

    async def _send(self, answers: _Answers) -> None:
        while (future := await answers.get()) is not None:
            reply = await future
            if reply.now is not None:
                await self._write(reply.now)
            if reply.later is not None and reply.in_order:
                await self._outcome(reply)
            elif reply.later is not None:
                await self._outcomes.put(_settled(reply))

    async def _send_outcomes(self) -> None:
        while (future := await self._outcomes.get()) is not None:
            await self._outcome(await future)

    async def _outcome(self, reply: Reply) -> None:
        assert reply.later is not None  # noqa: S101 - only those are asked
        self._batches.awaited += 1
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._pool, reply.later)
        finally:
            self._batches.awaited -= 1
        if answer is not None:
            await self._write(answer)

    async def _write(self, answer: bytes) -> None:
        self._writer.write(framed(answer))
        if self._writer.transport.get_write_buffer_size() > UNREAD:
            await asyncio.wait_for(self._writer.drain(), self._limits.idle_seconds)


def _settled(reply: Reply) -> asyncio.Future[Reply]:
    future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    future.set_result(reply)
    return future
