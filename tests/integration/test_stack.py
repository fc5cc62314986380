"""`make up` as its users meet it: it announces itself, mends itself, and leaves nothing running, however it ends."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
START_SECONDS = 90
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "STATE_DIR")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks for leftover processes in /proc"),
    pytest.mark.whole_stack,
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    for parent in (tmp_path, *tmp_path.parents):  # PostgreSQL runs as nobody when the tests run as root
        if parent.stat().st_uid == os.geteuid() and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o011)
    yield tmp_path / "state"
    for pid in processes(tmp_path / "state"):
        os.kill(pid, signal.SIGKILL)


def test_it_announces_itself_and_an_interrupt_sent_twice_leaves_nothing(folder: Path) -> None:
    stack = start(folder)
    addresses = json.loads((folder / "up.json").read_text())
    assert set(addresses) >= {"fhir", "desks", "log", "mllp", "pid"}
    assert addresses["pid"] == stack.pid
    assert b"already running" in subprocess.run(command(folder), env=environment(), capture_output=True).stderr
    stack.send_signal(signal.SIGINT)
    time.sleep(0.05)
    stack.send_signal(signal.SIGINT)
    assert stack.wait(30) == 0
    assert not processes(folder)
    assert not (folder / "up.json").exists()
    assert not (folder / "up.env").exists()


def test_killed_it_leaves_nothing_and_starts_again(folder: Path) -> None:
    stack = start(folder)
    stack.kill()
    stack.wait()
    again = start(folder)  # at once: while the old servers are still ending
    assert json.loads((folder / "up.json").read_text())["pid"] == again.pid
    again.kill()
    again.wait()
    eventually(lambda: not processes(folder))


def test_a_part_that_dies_is_started_again(folder: Path) -> None:
    stack = start(folder)
    for part in ("bin/postgres -D", "valkey-server", "config.web", "celery worker", "celery beat", "manage.py mllp"):
        before = child(stack.pid, part)
        os.kill(before, signal.SIGKILL)
        eventually(functools.partial(replaced, stack.pid, part, before))
    eventually(lambda: answers(folder))
    stack.terminate()
    assert stack.wait(30) == 0
    assert not processes(folder)


def start(folder: Path) -> "subprocess.Popen[bytes]":
    with (folder.parent / "output").open("ab") as output:
        stack = subprocess.Popen(command(folder), env=environment(), stdout=output, stderr=output)
    eventually(lambda: announced_by(folder, stack.pid) or stack.poll() is not None, START_SECONDS)
    assert stack.poll() is None, (folder.parent / "output").read_text()
    return stack


def announced_by(folder: Path, pid: int) -> bool:
    path = folder / "up.json"
    return path.exists() and bool(json.loads(path.read_text())["pid"] == pid)


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tools.stack", "--state", str(folder)]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in NOT_INHERITED} | {"PYTHONPATH": str(BASE)}


def processes(folder: Path) -> dict[int, str]:
    """Every process that works for the stack in `folder`: it is in its environment or on its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                known = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes(), os.readlink(entry / "cwd")
            except OSError:
                continue
            if any(str(folder) in os.fsdecode(text) for text in known):
                found[int(entry.name)] = os.fsdecode(known[0])
    return found


def child(parent: int, part: str) -> int:
    """The process id of the stack's own child whose command line holds `part`, or 0."""
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").replace("-A medbridge.config.celery ", "")
        if part in command:
            return int(pid)
    return 0


def replaced(parent: int, part: str, before: int) -> bool:
    return child(parent, part) not in (0, before)


def answers(folder: Path) -> bool:
    address = json.loads((folder / "up.json").read_text())["fhir"]
    try:
        with urllib.request.urlopen(f"{address}/metadata", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
