"""The network side of HL7 v2: many connections, frames answered in the order they came.

One task per connection reads a frame, has it handled in a thread, writes the answer, and only then looks at the next:
so pipelined messages are answered in order, and a sender that does not read its answers is not read from either.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from medbridge.mllp.framing import Frame, Framer, framed
from medbridge.mllp.listeners import Listener
from medbridge.normalize.hl7v2 import acknowledge

Handler = Callable[[str, bytes], bytes]
CHUNK = 64 * 1024
CONNECTION_LIMIT = 256  # each may hold one frame of the limit in memory; a hospital's interface engine opens a few
WORKERS = 8  # threads, and so database connections; more frames than that wait their turn
log = logging.getLogger(__name__)


class Server:
    """Serves listeners until stop() is called.

    handle(hospital, frame) -> answer runs in a thread and may block. frame_limit: bytes. idle_seconds: how long a
    connection may take for one frame, waiting for its first byte included; trickling bytes wins no more time.
    """

    def __init__(
        self,
        listeners: Iterable[Listener],
        handle: Handler,
        *,
        frame_limit: int,
        idle_seconds: float,
        workers: int = WORKERS,
        connection_limit: int = CONNECTION_LIMIT,
    ) -> None:
        self.listeners = list(listeners)
        self.addresses: list[tuple[str, int]] = []  # as bound, in the order of the listeners
        self._handle = handle
        self._frame_limit = frame_limit
        self._idle_seconds = idle_seconds
        self._connection_limit = connection_limit
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="mllp")
        self._connections: dict[asyncio.Task[None], bool] = {}  # whether a frame is in hand
        self._stopped = asyncio.Event()

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Binds, calls `started`, serves until stop(), finishes the frames in hand. OSError: a port is taken."""
        servers: list[asyncio.Server] = []
        try:
            for listener in self.listeners:
                server = await asyncio.start_server(self._accept(listener.hospital), listener.host, listener.port)
                servers.append(server)
                self.addresses.append(server.sockets[0].getsockname()[:2])
            started()
            await self._stopped.wait()
        finally:
            for server in servers:
                server.close()
            await self._drain()
            self._pool.shutdown()

    def stop(self) -> None:
        """To be called in the loop's thread. A frame not yet in hand is not answered: its sender sends it again."""
        self._stopped.set()

    async def _drain(self) -> None:
        for task, busy in self._connections.items():
            if not busy:
                task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, hospital: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        """asyncio's callback is not a coroutine here, so that the task is ours from its first moment."""

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._connections) >= self._connection_limit or self._stopped.is_set():
                log.warning("%s: connection refused, %d are open", hospital, len(self._connections))
                writer.close()
                return
            task = asyncio.get_running_loop().create_task(self._serve(hospital, reader, writer))
            self._connections[task] = False
            task.add_done_callback(self._connections.pop)

        return accept

    async def _serve(self, hospital: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = Framer(self._frame_limit)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in one
        try:
            while not self._stopped.is_set() and (frame := await self._frame(framer, reader)):
                self._connections[task] = True
                writer.write(framed(await self._answer(hospital, frame)))
                await asyncio.wait_for(writer.drain(), self._idle_seconds)
                self._connections[task] = False
                if len(frame.body) >= self._frame_limit and frame.fault:
                    break
        except TimeoutError:
            state = "in the middle of a frame" if framer.unfinished else "between frames"
            log.info("%s: connection closed after %g s %s", hospital, self._idle_seconds, state)
        except ConnectionError as error:
            log.info("%s: connection lost: %s", hospital, error)
        finally:
            if framer.skipped:
                log.warning("%s: %d bytes outside frames were dropped", hospital, framer.skipped)
            writer.close()

    async def _frame(self, framer: Framer, reader: asyncio.StreamReader) -> Frame | None:
        """The next frame; None when the sender hung up. Raises TimeoutError."""
        async with asyncio.timeout(self._idle_seconds):
            while (frame := framer.next()) is None:
                data = await reader.read(CHUNK)
                if not data:
                    return None
                framer.feed(data)
            return frame

    async def _answer(self, hospital: str, frame: Frame) -> bytes:
        if frame.fault:
            log.warning("%s: %s", hospital, frame.fault)
            return acknowledge(frame.body, "AR", frame.fault)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._handle, hospital, frame.body)
        except Exception:
            # The sender must get an answer, and one that makes it send again: nothing was promised yet.
            log.exception("%s: a message could not be handled", hospital)
            return acknowledge(frame.body, "AE", "internal error; send the message again")
