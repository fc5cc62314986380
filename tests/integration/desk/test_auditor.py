"""Carol at her desk: receipts, the log, the access records."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from anchoring import services
from tests.integration.conftest import Voice
from tests.integration.desk.conftest import Visitor

Visit = Callable[[str], Visitor]
VECTORS = Path(__file__).resolve().parents[2] / "unit" / "anchoring" / "vectors"


def upload(receipt: bytes, document: bytes | None) -> dict[str, SimpleUploadedFile]:
    files = {"receipt": SimpleUploadedFile("x.receipt.json", receipt)}
    return files if document is None else {**files, "document": SimpleUploadedFile("x.json", document)}


@pytest.fixture
def receipt() -> bytes:
    return (VECTORS / "example.receipt.json").read_bytes()


@pytest.fixture
def document() -> bytes:
    return (VECTORS / "document").read_bytes()


def test_every_check_is_shown(visit: Visit, receipt: bytes, document: bytes) -> None:
    page = visit("carol").do("auditor/", **upload(receipt, document))
    assert "The receipt is valid" in page
    assert "1 PASS Receipt is well-formed the receipt is well-formed" in page
    assert "FAIL" not in page


def test_a_changed_document_fails_its_check(visit: Visit, receipt: bytes, document: bytes) -> None:
    page = visit("carol").do("auditor/", **upload(receipt, document + b" "))
    assert "The receipt is not valid" in page
    assert "FAIL Document the document's SHA-256 is" in page


def test_without_the_document_its_check_is_skipped(visit: Visit, receipt: bytes) -> None:
    assert "SKIP Document no document given" in visit("carol").do("auditor/", **upload(receipt, None))


@pytest.mark.parametrize("rubbish", [b"{}", b"\xff\x00", b"[" * 10_000])
def test_rubbish_is_a_failed_check_and_no_error(visit: Visit, rubbish: bytes) -> None:
    assert "1 FAIL Receipt is well-formed" in visit("carol").do("auditor/", **upload(rubbish, None))


def test_a_key_that_is_none_is_a_sentence(visit: Visit, receipt: bytes) -> None:
    page = visit("carol").do("auditor/", key="not a key", **upload(receipt, None))
    assert "The log key cannot be read" in page


def test_the_receipt_is_asked_for(visit: Visit) -> None:
    assert "This field is required." in visit("carol").do("auditor/", status=400)


def test_an_empty_log_says_when_it_begins(visit: Visit) -> None:
    page = visit("carol").see("auditor/log")
    assert "Nothing was sealed yet" in page and "No checkpoint was sent to a chain yet" in page


def test_the_newest_checkpoint_is_shown(records: Voice, visit: Visit) -> None:
    services.seal(now=datetime.now(UTC))
    page = visit("carol").see("auditor/log")
    assert "Newest checkpoint" in page and "medbridge.example/log 1 " in page


def test_anchors_are_shown_with_their_state(records: Voice, visit: Visit) -> None:
    now = datetime.now(UTC)
    services.seal(now=now)
    services.publish(now=now)
    assert "local" in visit("carol").see("auditor/log")


def test_she_reads_every_access(records: Voice, visit: Visit, bob: Voice) -> None:
    bob.get("Observation/north-o1")
    page = visit("carol").see("auditor/accesses")
    assert "Bob Clinician, Renji East Hospital opened a record" in page
    assert "Patient/north-alice" in page
