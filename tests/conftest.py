"""What every test lives under: no network but this machine's own.

Connections are held by pytest-socket (--allow-hosts in pyproject.toml); asking a name server is a way out as well.
"""

import fcntl
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

OWN_NAMES = {None, "", "localhost", b"localhost"}


@pytest.fixture(autouse=True, scope="session")
def no_name_servers() -> Iterator[None]:
    asked = socket.getaddrinfo

    def only_own(host: Any, *arguments: Any, **options: Any) -> Any:
        if host not in OWN_NAMES and not _is_address(host):
            raise socket.gaierror(socket.EAI_NONAME, f"tests resolve no names outside this machine: {host}")
        return asked(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", only_own)
        yield


def _is_address(host: str | bytes) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def one_stack_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that start whole stacks take turns: two cores hold one. xdist_group has no effect under pytest 9.2."""
    if request.node.get_closest_marker("whole_stack") is None:
        yield
        return
    with (Path(os.environ["STATE_DIR"]) / "one-stack").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
