"""Real servers for the tests: each pytest run has its own PostgreSQL and Valkey, which end with it.

Loaded with `-p tests.services`, before Django reads its settings. The workers of pytest-xdist share their run's servers
(each with its own test database) through the environment that they inherit.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tools.stack import postgres, valkey
from tools.stack.running import Group

SPEED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
servers = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """A wrapper runs before pytest-django's hook, which reads the settings."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ.update(_start())
    return (yield)


def pytest_unconfigure() -> None:
    servers.close()


def _start() -> dict[str, str]:
    state = Path(tempfile.mkdtemp(prefix="medbridge-test-"))
    state.chmod(0o755)  # PostgreSQL runs as nobody when the tests run as root
    servers.callback(shutil.rmtree, state, ignore_errors=True)
    database, broker = postgres.prepare(state / "postgres", SPEED), valkey.prepare(state)
    group = Group(logs=state)
    servers.callback(database.clean_up)
    servers.callback(group.stop)
    group.start(database.program, broker.program)
    return {
        "MEDBRIDGE_MODE": "development",
        "DATABASE_URL": database.url("medbridge"),
        "REDIS_URL": broker.url,
        "STATE_DIR": str(state),
    }
