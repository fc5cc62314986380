"""`python -m anchoring verify`, as an auditor runs it: another process, no network, no Django."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.anchoring.broken import BROKEN, EXAMPLE, dumped

VECTORS = Path(__file__).parent / "vectors"
ROOT = Path(__file__).resolve().parents[3]
DOCUMENT, RECEIPT, HEADERS = VECTORS / "document", VECTORS / "example.receipt.json", VECTORS / "headers"
# Loaded by Python at start: any use of a socket and any import of Django ends the process.
SITECUSTOMIZE = """
import sys

def forbid(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(f"network used: {event}")
    if event == "import" and arguments[0].split(".")[0] in {"django", "celery", "rest_framework", "medbridge"}:
        raise RuntimeError(f"imported: {arguments[0]}")

sys.addaudithook(forbid)
"""


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE)
    environment = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

    def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-W", "error", "-m", "anchoring", *map(str, arguments)]
        return subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return command


def written(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def test_a_good_receipt_exits_0(run) -> None:  # type: ignore[no-untyped-def]
    done = run("verify", RECEIPT, DOCUMENT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  2 PASS document: the document is the one the receipt is for\n" in done.stdout
    assert "no later than" in done.stdout.splitlines()[-1]
    assert "the block headers came with the receipt" in done.stdout


def test_the_guards_of_this_test_hold(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for line in ("import socket; socket.create_connection(('127.0.0.1', 9))", "import django"):
        words = [sys.executable, "-c", line]
        done = subprocess.run(words, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
        assert "RuntimeError" in done.stderr


def test_trusted_headers_are_used(run) -> None:  # type: ignore[no-untyped-def]
    done = run("verify", RECEIPT, DOCUMENT, "--headers", HEADERS)
    assert done.returncode == 0
    assert " 15 PASS trusted headers [anchor 1]" in done.stdout


def test_headers_may_name_their_network(run) -> None:  # type: ignore[no-untyped-def]
    assert run("verify", RECEIPT, "--headers", f"local={HEADERS}").returncode == 0


def test_a_changed_document_exits_1_and_is_named(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    changed = bytearray(DOCUMENT.read_bytes())
    changed[5] ^= 1
    done = run("verify", RECEIPT, written(tmp_path / "changed", changed))
    assert done.returncode == 1
    assert "  2 FAIL document" in done.stdout


@pytest.mark.parametrize(
    "defect",
    ["salt changed", "entry path node changed", "last header changed", "transaction changed", "truncated"],
)
def test_a_broken_receipt_exits_1_and_names_the_check(run, tmp_path: Path, defect: str) -> None:  # type: ignore[no-untyped-def]
    done = run("verify", written(tmp_path / "broken", BROKEN[defect].raw), DOCUMENT)
    assert done.returncode == 1
    assert f"{BROKEN[defect].check:3} FAIL " in done.stdout


def test_no_anchor_yet_exits_3(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    raw = dumped(json.loads(EXAMPLE) | {"anchors": []})
    done = run("verify", written(tmp_path / "young", raw), DOCUMENT)
    assert done.returncode == 3
    assert "VALID_UNANCHORED" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["verify"],
        ["verify", "absent.json"],
        ["verify", RECEIPT, "absent.json"],
        ["verify", RECEIPT, "--headers", DOCUMENT],
        ["verify", RECEIPT, "--key", "no key"],
    ],
)
def test_wrong_usage_exits_2_without_a_traceback(run, arguments: list[str | Path]) -> None:  # type: ignore[no-untyped-def]
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_gigabyte_is_refused_without_being_read(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    done = run("verify", huge)
    assert done.returncode == 1
    assert "larger than" in done.stdout


def test_control_characters_of_a_receipt_do_not_reach_the_terminal(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    raw = dumped(json.loads(EXAMPLE) | {"\x1b[2J": 1})
    assert "\x1b" not in run("verify", written(tmp_path / "rude", raw)).stdout
