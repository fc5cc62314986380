"""`make demo`: the product's front door holds, and leaves what it proved."""

import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
OTS = Path(sys.executable).with_name("ots")
NAMES = {"access", "ccda", "consent", "csv", "fhir", "hl7v2"}


@pytest.mark.whole_stack
def test_every_step_of_the_demo_holds() -> None:
    done = subprocess.run([sys.executable, "-m", "tools.demo"], cwd=BASE, capture_output=True, text=True, timeout=170)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, "\n".join(lines[-40:])
    assert lines[-1].startswith("demo: all ") and lines[-1].endswith(" steps held")
    proved = BASE / "var" / "demo"
    assert {path.name for path in (proved / "documents").iterdir()} == {f"{name}.json" for name in NAMES}
    assert {path.name for path in (proved / "receipts").iterdir()} == {
        f"{name}.{ending}" for name in NAMES for ending in ("receipt.json", "ots")
    }
    for path in (proved / "receipts").glob("*.ots"):
        client = subprocess.run([OTS, "info", path], capture_output=True, text=True, timeout=30)
        assert "BitcoinBlockHeaderAttestation" in client.stdout, client.stderr
    assert (proved / "checkpoint").read_bytes().startswith(b"medbridge.example/log\n")
    assert len((proved / "headers").read_bytes()) % 80 == 0
