"""The whole of MedBridge on one machine, as `make up`, `make demo` and the browser test use it."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.stack import postgres, state, valkey
from tools.stack.interrupts import Interrupts
from tools.stack.ports import claim
from tools.stack.running import Group
from tools.stack.services import Services

WEB_PORT = 8000
MLLP_PORT = 2575  # IANA: hl7
HOSPITALS = ("north", "renji")  # of medbridge/samples; each has its own listener, which is how a sender is known


@dataclass(frozen=True)
class Stack:
    """A running stack. `environment` makes any manage.py command talk to it."""

    group: Group
    environment: dict[str, str]
    addresses: dict[str, str | int]
    listeners: dict[str, str]
    folder: Path


@contextlib.contextmanager
def running(
    folder: Path, interrupts: Interrupts, say: Callable[[str], None], *, lasting: bool = True
) -> Iterator[Stack]:
    """Start everything in `folder`, announce it, stop everything in the end.

    A `lasting` stack keeps its data in `folder`, and where DATABASE_URL or REDIS_URL is set in the environment it uses
    that server instead of an embedded one. One that is not begins with nothing, on its own servers, and leaves nothing.
    Raises RuntimeError (StartFailed, AlreadyRunning).
    """
    folder = folder.absolute()
    with state.locked(folder), contextlib.ExitStack() as undo:
        state.withdraw(folder)  # left by a stack that was killed
        if not lasting:
            state.empty(folder)
            undo.callback(state.empty, folder)
        group = Group(logs=state.logs(folder), interrupts=interrupts)
        undo.callback(state.withdraw, folder)
        undo.callback(group.stop)
        servers = _servers(folder, group, say, undo, lasting)
        stack = _services(folder, group, say, servers)
        state.announce(folder, stack.environment, stack.addresses)
        yield stack


def _servers(
    folder: Path, group: Group, say: Callable[[str], None], undo: contextlib.ExitStack, lasting: bool
) -> dict[str, str]:
    database_url = os.environ.get("DATABASE_URL", "") if lasting else ""
    redis_url = os.environ.get("REDIS_URL", "") if lasting else ""
    if not redis_url:
        broker = valkey.prepare(folder)
        group.start(broker.program)
        redis_url = broker.url
        say("Valkey is ready")
    if not database_url:
        database = postgres.prepare(folder / "postgres")
        undo.callback(database.clean_up)
        undo.callback(group.stop)
        group.start(database.program)
        postgres.create_database(database, "medbridge")
        database_url = database.url("medbridge")
        say("PostgreSQL is ready")
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


def _services(folder: Path, group: Group, say: Callable[[str], None], servers: dict[str, str]) -> Stack:
    port = _port("web", WEB_PORT, say)
    listeners = {hospital: _port(f"MLLP {hospital}", MLLP_PORT + n, say) for n, hospital in enumerate(_hospitals())}
    url = f"http://127.0.0.1:{port}"
    environment = {
        **servers,
        "MEDBRIDGE_MODE": "development",
        "DJANGO_SETTINGS_MODULE": "medbridge.config.settings",
        "STATE_DIR": str(folder),
        "PUBLIC_URL": url,
        "MLLP_LISTENERS": ",".join(f"127.0.0.1:{number}={name}" for name, number in listeners.items()),
    }
    first = next(iter(listeners))
    services = Services(environment, folder, port, listeners[first])
    group.run(services.migrate())
    say("the database is migrated")
    group.run(services.load_sample_accounts())
    say("the sample accounts are loaded")
    group.start(services.web(), services.worker(), services.beat(), *services.processors(), services.mllp())
    say("web, worker, beat and MLLP are ready")
    addresses: dict[str, str | int] = {
        "fhir": f"{url}/fhir",
        "desks": f"{url}/desk/",
        "log": f"{url}/log/",
        "mllp": f"127.0.0.1:{listeners[first]}",
        "mllp_hospital": first,
        "pid": os.getpid(),
    }
    return Stack(group, environment, addresses, {k: f"127.0.0.1:{v}" for k, v in listeners.items()}, folder)


def _hospitals() -> tuple[str, ...]:
    """MLLP_HOSPITALS: whose listeners to open, instead of the samples' hospitals; the first is `mllp` in up.json."""
    named = [name.strip() for name in os.environ.get("MLLP_HOSPITALS", "").split(",")]
    return tuple(filter(None, named)) or HOSPITALS


def _port(name: str, preferred: int, say: Callable[[str], None]) -> int:
    port = claim(preferred)
    if port != preferred:
        say(f"port {preferred} is taken, {name} listens on {port}")
    return port
