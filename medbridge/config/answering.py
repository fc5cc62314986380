"""Requests as granian gives them: answered by its threads at once, or by threads of our own once the body is there."""

import asyncio
import io
import json
import logging
import threading
from typing import Any

from medbridge.config import gateway
from medbridge.config.bodies import Bodies, Limits
from medbridge.config.crew import Crew
from medbridge.fhir.outcome import FhirError, Issue

logger = logging.getLogger(__name__)
Whole = tuple[dict[str, Any], Any, int]  # what the application gets, whom to answer, bytes held


class Answering:
    """Called by a thread of granian's with each request (its `watcher`); never raises, for granian would not see it."""

    def __init__(
        self, application: gateway.Wsgi, loop: asyncio.AbstractEventLoop, *, threads: int, limits: Limits
    ) -> None:
        """threads: how many granian has; as many more answer requests with bodies."""
        self._application, self._loop, self._threads = application, loop, threads
        self._running: set[int] = set()
        self._bodies = Bodies(limits, busy=self._busy)
        self._crew = Crew(self._answer_whole, most=threads, name="answer")
        self._receiving: set[asyncio.Task[None]] = set()

    def __call__(self, watcher: Any) -> None:
        proto, scope = watcher.proto, watcher.scope
        headers = scope.headers
        if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
            thread = threading.get_ident()
            self._running.add(thread)
            self._answer(gateway.environ(scope, headers, io.BytesIO()), proto)
            self._running.discard(thread)
        else:
            self._loop.call_soon_threadsafe(self._receive, proto, scope, headers)

    def _busy(self) -> bool:
        """The pieces of a body come by granian's threads."""
        return len(self._running) >= self._threads

    def _answer(self, variables: dict[str, Any], proto: Any) -> None:
        try:
            gateway.answer(self._application, variables, proto)
        except Exception:
            logger.exception("no answer to %s", variables["PATH_INFO"])
            _refuse(proto, FhirError(500, [Issue("exception", "An error of this server, which is in its log.")]))

    def _receive(self, proto: Any, scope: Any, headers: Any) -> None:
        task = self._loop.create_task(self._read(proto, scope, headers))
        self._receiving.add(task)
        task.add_done_callback(self._receiving.discard)

    async def _read(self, proto: Any, scope: Any, headers: Any) -> None:
        read = await self._bodies.read(proto, headers.get("content-length", ""))
        if isinstance(read, FhirError):
            _refuse(proto, read)
            return
        body, size = read
        variables = gateway.environ(scope, headers, body)
        variables["CONTENT_LENGTH"] = str(size)
        variables.pop("HTTP_TRANSFER_ENCODING", None)
        self._crew.give((variables, proto, body.getbuffer().nbytes))

    def _answer_whole(self, whole: Whole) -> None:
        variables, proto, held = whole
        self._answer(variables, proto)
        self._loop.call_soon_threadsafe(self._bodies.let_go, held)


def _refuse(proto: Any, error: FhirError) -> None:
    """Closes the connection too: where its next request begins nobody knows."""
    headers = [("content-type", "application/fhir+json; charset=utf-8"), ("cache-control", "no-store"),
               ("connection", "close")]  # fmt: skip
    headers += [("retry-after", "1")] if error.status == 503 else []
    proto.response_bytes(error.status, headers, json.dumps(error.outcome()).encode())
