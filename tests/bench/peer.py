"""sekmet-fhir beside us: a FHIR R4 server from PyPI (FastAPI, SQLite, one lock), the best in Python that we measured.

A test tool with neither consent nor access records: what it is good for here is that it answers the same searches. It
has an environment of its own in var/bench-peer, made once from tests/bench/peer.txt, and is no part of the product.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tools.stack.ports import free
from tools.stack.process import spawn, stop
from tools.stack.program import Program
from tools.stack.services import BASE

HOME = BASE / "var" / "bench-peer"
LOCK = Path(__file__).with_name("peer.txt")
INSTALL_SECONDS = 300
# Strict validation as ours is always on; off is what ours has not: simulated devices, a log of whole requests.
CONFIGURATION = "validation: {inbound: strict}\nsimulator: {enabled: false}\nlog_inbound: false\n"


class Unavailable(RuntimeError):
    """There is no peer here; the text says why."""


@contextlib.contextmanager
def running(logs: Path) -> Iterator[tuple[str, int]]:
    """(base URL, process id) of one with an empty database. Raises Unavailable."""
    command, port = _installed(), free()
    with tempfile.TemporaryDirectory(prefix="medbridge-peer-") as folder:
        (Path(folder) / "settings.yaml").write_text(CONFIGURATION)
        url = f"http://127.0.0.1:{port}/fhir"
        program = Program(
            name="peer", command=[command, "serve", "--host", "127.0.0.1", "--port", str(port)],
            ready=lambda: _answers(url), directory=Path(folder),
            environment={"SEKMET_DB": f"{folder}/peer.db", "SEKMET_BASE_URL": url},
        )  # fmt: skip
        child = spawn(program, logs / "peer.log")
        try:
            _await(program, child)
            yield url, child.pid
        finally:
            stop(child, program)


def _installed() -> Path:
    command = HOME / "bin" / "sekmet"
    if not command.exists():
        pip = [HOME / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True, capture_output=True)
            subprocess.run([*pip, "--require-hashes", "-r", LOCK], check=True, capture_output=True,
                           timeout=INSTALL_SECONDS)  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            raise Unavailable(f"sekmet-fhir could not be installed: {error}") from error
    return command


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/metadata", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _await(program: Program, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + program.ready_seconds
    while not program.ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise Unavailable("sekmet-fhir does not start; its log is peer.log.")
        time.sleep(0.1)
