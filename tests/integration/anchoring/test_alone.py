"""The app installs alone: a Django project with nothing else in it goes the whole way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
LINES = (ROOT / "README.md").read_text().split("in another Django project\n")[1].split("```python\n")[1].split("```")[0]
WHOLE_WAY = f"""
import django, sys, os, warnings
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("check")
os.chdir(sys.argv[1])
warnings.simplefilter("ignore", ResourceWarning)
{LINES}
foreign = [name for name in sys.modules if name.split(".")[0] in ("medbridge", "rest_framework", "fhir")]
assert not foreign, foreign
call_command("anchors")
"""


@pytest.fixture
def empty_database():
    name = f"{connection.settings_dict['NAME']}_alone"
    host = connection.settings_dict["HOST"]
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield {"ALONE_DATABASE": name, "ALONE_HOST": host}
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_migrate_submit_seal_publish_confirm_receipt_verify(empty_database, tmp_path):
    environment = {
        **os.environ,
        **empty_database,
        "STATE_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.integration.anchoring.settings_alone",
        "PYTHONPATH": str(ROOT),
    }
    receipt, document = tmp_path / "a.receipt.json", tmp_path / "a"
    document.write_bytes(b"a document")
    done = run(["-W", "error", "-c", WHOLE_WAY, str(tmp_path)], environment)
    assert done.returncode == 0, done.stderr
    assert "CONFIRMED" in done.stdout
    assert json.loads(receipt.read_text())["anchors"]
    verified = run(["-m", "anchoring", "verify", str(receipt), str(document)], {"PYTHONPATH": str(ROOT)})
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_the_readme_shows_it_in_ten_lines():
    """The imports are not counted."""
    assert len([line for line in LINES.splitlines() if "import" not in line]) <= 10


def run(arguments: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60)
