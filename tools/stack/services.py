"""MedBridge's own processes as programs: migrate, web, worker, beat, processors of messages, MLLP."""

import http.client
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from celery import Celery

from tools.stack.program import Program

BASE = Path(__file__).resolve().parent.parent.parent
PYTHON = sys.executable

# docs/adr/0003: measured. More threads read no faster; a second one keeps reads going beside a large push.
WEB_PROCESSES = max(1, min(4, os.cpu_count() or 1))
WEB_THREADS = 2
# What the clock has done (sealing, committing access records) waits for requests where both want the same core.
BEHIND_REQUESTS = ("nice", "-n", "5")
WORKER_PROCESSES = 2
PROCESSORS = 2


@dataclass(frozen=True)
class Services:
    """`environment` is what the settings read; the ports are where web and the first MLLP listener answer."""

    environment: Mapping[str, str]
    state: Path
    port: int
    mllp_port: int

    def migrate(self) -> Program:
        return self._program("migrate", "manage.py", "migrate", "--noinput", "--verbosity=1")

    def load_sample_accounts(self) -> Program:
        return self._program("accounts", "manage.py", "load_accounts", "medbridge/samples/accounts.json")

    def web(self) -> Program:
        web = ["-m", "medbridge.config.web", "--port", str(self.port), "--workers", str(WEB_PROCESSES)]
        web += ["--threads", str(WEB_THREADS), "--kill-timeout", "5", "medbridge.config.wsgi:application"]
        return self._program("web", *web, ready=lambda: _serves(self.port))

    def worker(self) -> Program:
        celery = ["-m", "celery", "-A", "medbridge.config.celery", "worker", "--loglevel", "INFO"]
        celery += ["--concurrency", str(WORKER_PROCESSES), "--without-gossip", "--without-mingle"]
        worker = self._program("worker", *celery, ready=lambda: _consumes(self.environment["REDIS_URL"]))
        return replace(worker, command=[*BEHIND_REQUESTS, *worker.command])

    def beat(self) -> Program:
        """Its schedule file only remembers when each task last ran: each start begins with a new one.

        The ending of the file's name is the dbm module's, so readiness looks for any.
        """
        schedule = self.state / "beat-schedule"
        for old in self.state.glob("beat-schedule*"):
            old.unlink()
        celery = ["-m", "celery", "-A", "medbridge.config.celery", "beat", "--loglevel", "INFO"]
        celery += ["--schedule", str(schedule), "--pidfile", ""]
        return self._program("beat", *celery, ready=lambda: any(self.state.glob("beat-schedule*")))

    def processors(self) -> list[Program]:
        return [self._program(f"processor-{n}", "manage.py", "process_messages") for n in range(1, PROCESSORS + 1)]

    def mllp(self) -> Program:
        return self._program("mllp", "manage.py", "mllp", ready=lambda: _listens(self.mllp_port))

    def _program(self, name: str, *arguments: str, ready: Callable[[], bool] | None = None) -> Program:
        return Program(
            name=name,
            command=[PYTHON, *arguments],
            environment={**self.environment, "PYTHONUNBUFFERED": "1"},
            directory=BASE,
            ready=ready or (lambda: True),
        )


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/fhir/metadata")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _consumes(broker: str) -> bool:
    with Celery(broker=broker) as app:
        return bool(app.control.ping(timeout=0.5, limit=1))


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
