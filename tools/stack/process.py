"""A child process that cannot outlive its parent: its own session, and on Linux a signal from the kernel if the parent dies."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2)


def _bind_to_parent(death_signal: int) -> Callable[[], None] | None:
    """What the child runs between fork and exec. It runs after setuid, which would clear the death signal (prctl(2))."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    return bind


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    directory: Path | None = None,
    death_signal: int = signal.SIGTERM,
    stdin: str | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a command in a session of its own, output appended to `log`. The caller must be the main thread.

    (The kernel sends the death signal when the forking *thread* ends.)
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=directory,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            start_new_session=True,
            preexec_fn=_bind_to_parent(death_signal),
        )
    if stdin is not None and child.stdin is not None:
        child.stdin.write(stdin.encode())
        child.stdin.close()
    return child


def stop(child: "subprocess.Popen[bytes]", *, first: int = signal.SIGTERM, seconds: float = 10.0) -> None:
    """Ask with `first`, wait, then kill; whatever the child left behind in its process group is killed too."""
    if child.poll() is None:
        child.send_signal(first)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
