"""The bench still works: that is all that a run this small says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "STATE_DIR")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for parent in (tmp_path, *tmp_path.parents):  # PostgreSQL runs as nobody when the tests run as root
        if parent.stat().st_uid == os.geteuid() and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="reads the CPU time of other processes from /proc")
@pytest.mark.whole_stack
def test_a_quick_run_measures_everything_and_nothing_fails(folder: Path) -> None:
    output = folder / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--state", folder / "state", "--json", output]
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    run = subprocess.run(command, cwd=BASE, env=environment, capture_output=True, text=True, timeout=170)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    result = json.loads(output.read_text())
    measured = {row["step"].split()[0].rstrip(":") for row in result["rows"]}
    assert {"import", "read", "search", "create", "update", "seal", "verify", "ADT^A04"} <= measured
    assert {
        "anchor_costs",
        "consent_predicate_us",
        "disk",
        "documents",
        "memory_mb",
        "microseconds_a_resource",
        "receipt_bytes",
        "where_the_time_goes",
    } <= set(result)
    assert not (folder / "state" / "postgres").exists()
