"""From a push to a proof: promise, seal, anchor, receipt, and the verifier that trusts nobody."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from anchoring import services
from anchoring.core.hashing import commitment
from anchoring.core.verify import verify_bytes
from medbridge.actions.commit_accesses import commit_accesses
from medbridge.actions.export_receipts import export_receipts
from medbridge.actions.steps.access import listener_actor
from medbridge.audit.models import Access
from medbridge.evidence.models import Commitment, name_of
from medbridge.fhir.outcome import FhirError
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_chain(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.LOCAL_CHAIN_DIR, settings.LOG_KEY_FILE = tmp_path / "chain", tmp_path / "log.pem"
    yield


@pytest.fixture
def stored(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    return feed


def anchored() -> None:
    now = timezone.now()
    services.seal(now=now)
    services.publish(now=now)
    services.confirm(now=now)


def test_a_write_is_promised_at_once(stored: Voice) -> None:
    note = stored.get("Patient/north-alice/$promise").content.decode()
    row = Commitment.objects.get(name=name_of("Patient/north-alice/_history/1"))
    hidden = commitment(bytes(row.salt or b""), bytes(row.digest))
    assert hidden.hex() in note or base64.b64encode(hidden).decode() in note


def test_before_it_is_sealed_there_is_no_receipt(stored: Voice) -> None:
    answer = stored.get("Patient/north-alice/$receipt")
    assert answer.status_code == 409
    assert "block" in answer.json()["issue"][0]["diagnostics"]


def test_the_receipt_proves_the_bytes_that_a_read_returns(stored: Voice) -> None:
    anchored()
    document = stored.get("Patient/north-alice").content
    receipt = stored.get("Patient/north-alice/$receipt").content
    report = verify_bytes(receipt, document=sha256(document).digest())
    assert report.result.name == "VALID", report


def test_each_version_has_its_own_receipt(stored: Voice) -> None:
    stored.put("Patient/north-alice", build.patient("north-alice", active=True))
    anchored()
    first = json.loads(stored.get("Patient/north-alice/_history/1/$receipt").content)
    second = json.loads(stored.get("Patient/north-alice/$receipt").content)
    assert first["document"] != second["document"]


def test_another_document_does_not_fit(stored: Voice) -> None:
    anchored()
    receipt = stored.get("Patient/north-alice/$receipt").content
    assert verify_bytes(receipt, document=sha256(b"another").digest()).result.name == "INVALID"


def test_who_may_not_read_gets_no_proof_either(stored: Voice, bob: Voice) -> None:
    anchored()
    assert bob.get("Patient/north-alice/$receipt").status_code == 404
    assert bob.get("Patient/north-alice/$promise").status_code == 404


def test_consents_and_access_records_have_receipts(stored: Voice, alice: Voice) -> None:
    given = alice.post("Consent", build.consent("Patient/north-alice"))
    event = alice.get("AuditEvent?patient=north-alice").json()["entry"][0]["resource"]["id"]
    commit_accesses(at=timezone.now())
    anchored()
    for path in (given["Location"].partition("/fhir/")[2], f"AuditEvent/{event}"):
        document, receipt = alice.get(path).content, alice.get(f"{path}/$receipt").content
        assert verify_bytes(receipt, document=sha256(document).digest()).result.name == "VALID"


def test_the_ots_file_is_there_once_anchored(stored: Voice, voice: Callable[..., Voice]) -> None:
    anchored()
    answer = stored.get("Patient/north-alice/$receipt?format=ots")
    assert answer.content.startswith(b"\x00OpenTimestamps")


def test_the_same_proof_as_tlog_proof(stored: Voice) -> None:
    anchored()
    proof = stored.get("Patient/north-alice/$receipt?format=tlog-proof").content.decode()
    assert proof.startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert "\nindex 0\n" in proof


def test_a_hospitals_receipts_of_a_period_go_to_one_file(stored: Voice, tmp_path: Path) -> None:
    anchored()
    file, documents = tmp_path / "receipts", tmp_path / "documents"
    documents.mkdir()
    (documents / "alice.json").write_bytes(stored.get("Patient/north-alice").content)
    call_command("export_receipts", file, hospital="north")
    done = subprocess.run(
        [sys.executable, "-m", "anchoring", "verify", "--all", file, documents], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 files without a receipt" in done.stdout
    assert b'"name":"Patient/north-alice/_history/1"' in file.read_bytes()


def test_an_export_leaves_an_access_record(stored: Voice, tmp_path: Path) -> None:
    call_command("export_receipts", str(tmp_path / "receipts"), "--hospital=north", "--since=2026-01-01")
    assert Access.objects.filter(action="operation", target="Organization/north", allowed=True).exists()


def test_another_hospitals_receipts_are_refused(stored: Voice) -> None:
    with pytest.raises(FhirError):
        now = timezone.now()
        export_receipts(actor=listener_actor("south"), at=now, hospital="north", since=now, until=now)
