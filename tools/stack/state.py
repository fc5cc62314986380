"""The folder of one running stack: its lock, its logs, up.env and up.json."""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path


class AlreadyRunning(RuntimeError):
    """Another stack holds this folder."""


@contextlib.contextmanager
def locked(state: Path) -> Iterator[None]:
    """One stack per folder. The kernel frees the lock with the process, however it ends. Raises AlreadyRunning."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"MedBridge is already running in {state}; its addresses: {state}/up.json") from None
        yield


def logs(state: Path) -> Path:
    """A folder for this run's logs; those of the run before stay beside it in logs.old."""
    folder, old = state / "logs", state / "logs.old"
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    folder.mkdir()
    return folder


def announce(state: Path, environment: Mapping[str, str], addresses: Mapping[str, str | int]) -> None:
    """up.json last: whoever sees it may rely on everything."""
    _write(state / "up.env", "".join(f"{name}={value}\n" for name, value in environment.items()), 0o600)
    _write(state / "up.json", json.dumps(addresses, indent=1) + "\n", 0o644)


def withdraw(state: Path) -> None:
    for name in ("up.json", "up.env"):
        (state / name).unlink(missing_ok=True)


def empty(state: Path) -> None:
    """Remove all but the lock, and what links point to (tools/stack/postgres.py may keep the data under /var/tmp)."""
    for entry in state.iterdir():
        if entry.name == "lock":
            continue
        if entry.is_symlink():
            shutil.rmtree(entry.resolve(), ignore_errors=True)
        if entry.is_symlink() or not entry.is_dir():
            entry.unlink()
        else:
            shutil.rmtree(entry, ignore_errors=True)


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all. up.env is for this user only: it holds the broker's password."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    partial.rename(path)
