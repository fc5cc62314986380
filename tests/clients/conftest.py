"""A whole running stack (granian, PostgreSQL, worker) with both sample hospitals in it, for the clients of others."""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
SAMPLES = BASE / "medbridge" / "samples"
START_SECONDS = 120
STACK = ("DATABASE_URL", "REDIS_URL", "STATE_DIR")


@dataclass(frozen=True)
class Server:
    """fhir: the base URL; feed writes for the hospital north, bob is its clinician. Both are bearer tokens."""

    fhir: str
    feed: str
    bob: str


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="medbridge-clients-"))
    folder.chmod(0o711)  # PostgreSQL runs as nobody when the tests run as root
    # Like every test that starts a stack (tests/conftest.py), but for as long as the package lasts.
    with (Path(os.environ["STATE_DIR"]) / "one-stack").open("a") as turn, (folder / "output").open("ab") as output:
        fcntl.flock(turn, fcntl.LOCK_EX)
        stack = subprocess.Popen(
            [sys.executable, "-m", "tools.stack", "--state", str(folder / "state")], env=_environment(), cwd=BASE,
            stdout=output, stderr=output,
        )  # fmt: skip
        try:
            yield _people_and_records(folder, stack)
        finally:
            stack.terminate()
            stack.wait(60)


def _people_and_records(folder: Path, stack: "subprocess.Popen[bytes]") -> Server:
    announced = folder / "state" / "up.json"
    deadline = time.monotonic() + START_SECONDS
    while not announced.exists():
        assert stack.poll() is None and time.monotonic() < deadline, (folder / "output").read_text()
        time.sleep(0.1)
    lines = (folder / "state" / "up.env").read_text().splitlines()
    environment = _environment() | dict(line.split("=", 1) for line in lines)
    _manage(environment, "load_accounts", str(SAMPLES / "accounts.json"))
    fhir = json.loads(announced.read_text())["fhir"]
    for bundle in sorted((SAMPLES / "fhir").glob("*.json")):
        feed = _token(environment, f"{bundle.name.partition('_')[0]}-feed")
        _post(fhir, feed, bundle.read_bytes())
    return Server(fhir, _token(environment, "north-feed"), _token(environment, "bob"))


def _token(environment: dict[str, str], username: str) -> str:
    return _manage(environment, "token", "--user", username, "--scopes", "user/*.cruds").splitlines()[-1]


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=environment, cwd=BASE, check=True, capture_output=True, text=True).stdout


def _post(fhir: str, token: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    with urllib.request.urlopen(urllib.request.Request(fhir, body, headers), timeout=60) as answer:
        assert answer.status == 200


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in STACK} | {"PYTHONPATH": str(BASE)}
