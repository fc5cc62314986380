"""A child process that cannot outlive its parent: own session, and on Linux a signal from the kernel should it die."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools.stack.program import Program

PR_SET_PDEATHSIG = 1  # prctl(2)


def spawn(program: Program, log: Path) -> "subprocess.Popen[bytes]":
    """Start it in a session of its own, output appended to `log`. The caller must be the main thread.

    (The kernel sends the death signal when the forking *thread* ends.)
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in program.command],
            stdin=subprocess.DEVNULL if program.stdin is None else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **program.environment},
            cwd=program.directory,
            user=program.user,
            group=program.user,
            extra_groups=None if program.user is None else [],
            start_new_session=True,
            preexec_fn=die_with(os.getpid(), program.stop_signal),
        )
    if program.stdin is not None and child.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # it died at once; its log says why
            child.stdin.write(program.stdin.encode())
            child.stdin.close()
    return child


def stop(child: "subprocess.Popen[bytes]", program: Program) -> None:
    """Ask, wait, then kill; whatever the child left behind in its process group is killed too."""
    if child.poll() is None:
        child.send_signal(program.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(program.stop_seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def die_with(parent: int, death_signal: int) -> Callable[[], None]:
    """A call, made in the child, that has the kernel send `death_signal` when `parent` ends (Linux; nothing elsewhere).

    Made after setuid, which would clear it (prctl(2)).
    """
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    return bind


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
