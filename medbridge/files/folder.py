"""A folder into which a hospital puts files: picked up whole, moved to done/ or failed/ with what became of them.

What a crash leaves: before the move the file is where it was, and is taken again; its messages are the same messages,
so nothing is doubled. A result without its file beside it is overwritten then.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Names that senders use while they are still writing.
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".writing")
# A file that was not renamed into place is whole when nobody has written to it for so long.
QUIET_SECONDS = 2
DONE, FAILED = "done", "failed"


class Busy(RuntimeError):
    """Another process watches the folder."""


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """One watcher at a time; the lock ends with the process. Raises Busy."""
    for name in (DONE, FAILED):
        (folder / name).mkdir(exist_ok=True)
    with (folder / ".watch").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(f"{folder} is watched by another process.") from None
        yield


def ready(folder: Path, *, now: float) -> list[Path]:
    """Whole files, the oldest first. now: seconds since the epoch."""
    found = [path for path in folder.iterdir() if path.is_file() and not path.is_symlink()]
    named = [path for path in found if path.name[0] != "." and not path.name.endswith(UNFINISHED)]
    ages = {path: path.stat().st_mtime for path in named}
    return sorted((path for path in named if now - ages[path] >= QUIET_SECONDS), key=lambda path: (ages[path], path))


def put_away(path: Path, result: bytes, *, failed: bool) -> Path:
    """Move the file to done/ or failed/ with its result (NAME.result.json); returns where it is now.

    The result is on disk before the file moves. A name that is taken gets the beginning of the file's SHA-256.
    """
    target = path.parent / (FAILED if failed else DONE)
    name = path.name
    if (target / name).exists():
        name = f"{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}-{name}"
    _write(target / f"{name}.result.json", result)
    path.replace(target / name)
    for folder in (target, path.parent):
        _sync(folder)
    return target / name


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.tmp")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _sync(folder: Path) -> None:
    """Makes a rename outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
