"""The network side of HL7 v2: many connections, with TLS or without, frames answered in the order they came."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from medbridge.mllp.batches import Batches
from medbridge.mllp.connection import Connection
from medbridge.mllp.limits import Limits
from medbridge.mllp.listeners import Listener
from medbridge.mllp.replies import Handler

log = logging.getLogger(__name__)
Identify = Callable[[str], str | None]


class Server:
    """Serves listeners until stop() is called.

    handle(batch, hurried) -> replies keeps messages, identify(SHA-256 of a client certificate, hexadecimal) names its
    owner or nobody; both run in threads and may block. tls: for the listeners that ask for it.
    """

    def __init__(
        self,
        listeners: Iterable[Listener],
        handle: Handler,
        *,
        limits: Limits,
        identify: Identify = lambda fingerprint: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.listeners = list(listeners)
        self.addresses: list[tuple[str, int]] = []  # as bound, in the order of the listeners
        self._limits, self._identify, self._tls = limits, identify, tls
        # One for the batches, so that they never wait behind outcomes.
        self._keeping = ThreadPoolExecutor(1, thread_name_prefix="mllp-keep")
        self._pool = ThreadPoolExecutor(limits.workers, thread_name_prefix="mllp")
        self._handle = handle
        self._connections: dict[asyncio.Task[None], Connection | None] = {}
        self._stopped = asyncio.Event()

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Binds, calls `started`, serves until stop(), finishes the frames in hand. OSError: a port is taken."""
        batches = Batches(self._handle, self._keeping, self._limits)
        keeping = asyncio.create_task(batches.run())
        servers: list[asyncio.Server] = []
        try:
            for listener in self.listeners:
                accept, tls = self._accept(listener, batches), self._tls if listener.tls else None
                server = await asyncio.start_server(accept, listener.host, listener.port, ssl=tls)
                servers.append(server)
                self.addresses.append(server.sockets[0].getsockname()[:2])
            started()
            await self._stopped.wait()
        finally:
            for server in servers:
                server.close()
            await self._drain()
            keeping.cancel()
            for pool in (self._keeping, self._pool):
                pool.shutdown()

    def stop(self) -> None:
        """To be called in the loop's thread. A frame not yet in hand is not answered: its sender sends it again."""
        self._stopped.set()

    async def _drain(self) -> None:
        for task, connection in self._connections.items():
            if connection is None:
                task.cancel()
            else:
                connection.stop()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(
        self, listener: Listener, batches: Batches
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        """asyncio's callback is not a coroutine here, so that the task is ours from its first moment."""

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._connections) >= self._limits.connections or self._stopped.is_set():
                log.warning("%s: connection refused, %d are open", listener, len(self._connections))
                writer.close()
                return
            task = asyncio.get_running_loop().create_task(self._serve(listener, batches, reader, writer))
            self._connections[task] = None
            task.add_done_callback(self._connections.pop)

        return accept

    async def _serve(
        self, listener: Listener, batches: Batches, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in one
        sender = listener.sender or await self._owner(writer)
        if not sender:
            log.warning("%s: a client certificate that belongs to nobody", listener)
            writer.close()
            return
        connection = Connection(sender, reader, writer, batches=batches, pool=self._pool, limits=self._limits)
        self._connections[task] = connection
        await connection.serve()

    async def _owner(self, writer: asyncio.StreamWriter) -> str | None:
        peer = writer.get_extra_info("ssl_object")
        certificate = peer.getpeercert(binary_form=True) if peer else None
        if not certificate:
            return None
        fingerprint = hashlib.sha256(certificate).hexdigest()
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._identify, fingerprint)


def server_tls(certificate: str, key: str, authorities: str) -> ssl.SSLContext:
    """TLS 1.2 or newer with this certificate; clients must show one that `authorities` signed, where it is given.

    All are names of PEM files. Raises OSError (ssl.SSLError) when one cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key or None)
    if authorities:
        context.load_verify_locations(authorities)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
