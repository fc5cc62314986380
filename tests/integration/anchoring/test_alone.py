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
WHOLE_WAY = """
import json, os, sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("check")
from django.utils import timezone
from anchoring import services
from anchoring.core.hashing import commitment, sha256
salt, digest, now = os.urandom(32), sha256(b"a document"), timezone.now()
chain = services.open_chain(stream="documents", at=now)
(entry,) = services.submit(chain=chain, commitments=[commitment(salt, digest)], at=now)
services.seal(now=now)
services.publish(now=now)
services.confirm(now=now)
with open(sys.argv[1], "w") as file:
    json.dump(services.receipt(entry=entry, salt=salt, document=digest), file)
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
    done = run(["-W", "error", "-c", WHOLE_WAY, str(receipt)], environment)
    assert done.returncode == 0, done.stderr
    assert "CONFIRMED" in done.stdout
    assert json.loads(receipt.read_text())["anchors"]
    verified = run(["-m", "anchoring", "verify", str(receipt), str(document)], {"PYTHONPATH": str(ROOT)})
    assert verified.returncode == 0, verified.stdout + verified.stderr


def run(arguments: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60)
