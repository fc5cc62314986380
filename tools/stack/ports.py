"""Which TCP port to listen on."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

CLAIMS = Path("/tmp")  # of all users and all checkouts on this machine, whatever TMPDIR says
_held: list[IO[str]] = []


def free(preferred: int = 0) -> int:
    """`preferred` when nobody listens on it, else one that the kernel picks."""
    for port in (preferred, 0):
        if (found := _bindable(port)) is not None:
            return found
    raise RuntimeError("no free TCP port on 127.0.0.1")


def claim(preferred: int) -> int:
    """Like free(), and no other stack is given the port while this process lives.

    Seconds pass until the server listens, and granian shares a port with whoever else listens there (SO_REUSEPORT): two
    stacks that start at once would answer each other's requests.
    """
    for port in (preferred, *(free() for _ in range(20))):
        if _bindable(port) is not None and _lock(port):
            return port
    raise RuntimeError("no free TCP port on 127.0.0.1")


def _bindable(port: int) -> int | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        return int(probe.getsockname()[1])


def _open(path: Path) -> int:
    """Read-only is enough for a lock, and lets users share the files. Linux refuses O_CREAT on another user's file in
    /tmp (fs.protected_regular), so a file that is there is opened without it."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        return os.open(path, flags | os.O_CREAT, 0o644)


def _lock(port: int) -> bool:
    """The kernel frees the lock with the process, however it ends."""
    path = CLAIMS / f"medbridge-port-{port}"
    try:
        handle = os.fdopen(_open(path))
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return False
    _held.append(handle)
    return True
