"""python -m medbridge.config.web: the web processes, granian's, as production runs them."""

import argparse
import asyncio
import importlib
import resource
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.server.common import WORKERS_METHODS
from granian.server.mp import WorkerProcess

from medbridge.config import settings
from medbridge.config.answering import Answering
from medbridge.config.bodies import Limits

# What granian's own commands are made of. Its type stubs say less than it takes; tests/security/test_server.py runs it.
_rust: Any = importlib.import_module("granian._granian")
_signals: Any = importlib.import_module("granian._signals")

# Connections of one process. Each waits for its client in the event loop; a file is all it takes, and some memory.
CONNECTIONS = 2048
SPARE_FILES = 256


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m medbridge.config.web", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument(
        "--threads", type=int, default=2, help="of each process; as many more take requests with bodies"
    )
    parser.add_argument("--kill-timeout", type=int, default=30, help="seconds that a process may take to end")
    parser.add_argument("application", nargs="?", default="medbridge.config.wsgi:application")
    chosen = parser.parse_args()
    # Called WSGI for what granian checks: more than one thread.
    Granian(
        chosen.application, address=chosen.host, port=chosen.port, interface=Interfaces.WSGI, workers=chosen.workers,
        blocking_threads=chosen.threads, websockets=False, http=HTTPModes.http1, backpressure=_connections(),
        respawn_failed_workers=True, workers_kill_timeout=chosen.kill_timeout,
    ).serve(spawn_target=process)  # fmt: skip


def _connections() -> int:
    """As many as there may be files: what is accepted without one is lost."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, soft - SPARE_FILES)
    return CONNECTIONS


@WorkerProcess.wrap_target  # type: ignore[untyped-decorator]
def process(
    number: int, application: Any, sock: Any, ipc: Any, loop: asyncio.AbstractEventLoop, mode: Any,
    runtime_threads: int, runtime_blocking_threads: int | None, threads: int, idle_timeout: int, backpressure: int,
    task_impl: Any, http_mode: Any, http1_settings: Any, http2_settings: Any, websockets: bool, static_path: Any,
    log_access_format: str | None, tls: Any, scope_options: Any, metrics: Any,
) -> None:  # fmt: skip
    """One web process, in granian's order of arguments: its RSGI worker, whose requests go to `Answering`."""
    stopping, stopped = _signals.set_loop_signals(loop), asyncio.Event()
    stopping.add_cb(lambda: loop.call_soon_threadsafe(stopped.set))
    worker = _rust.RSGIWorker(
        number, sock, ipc, runtime_threads, runtime_blocking_threads, threads, idle_timeout, backpressure,
        http_mode, http1_settings, http2_settings, False, static_path, *tls, metrics,
    )  # fmt: skip
    scheduler = _rust.CallbackScheduler(loop, application, None, None, None)
    scheduler._schedule_fn = Answering(application, loop, threads=threads, limits=_limits())
    getattr(worker, WORKERS_METHODS[mode][(sock[0] or sock[1]).is_uds()])(scheduler, loop, stopping)
    loop.run_until_complete(stopped.wait())


def _limits() -> Limits:
    return Limits(
        largest=settings.BODY_LIMIT_BYTES, held=settings.BODY_HELD_BYTES, waiting=settings.BODY_WAITING_LIMIT,
        grace=settings.BODY_GRACE_SECONDS, rate=settings.BODY_BYTES_PER_SECOND,
    )  # fmt: skip


if __name__ == "__main__":
    main()
