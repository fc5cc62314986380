"""`manage.py erase`: nothing of the person is left, nothing can be guessed, and everything else still holds."""

import io
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from anchoring import services
from anchoring.core.hashing import commitment
from anchoring.core.verify import verify_bytes
from anchoring.models import Entry
from medbridge.actions.commit_accesses import commit_accesses
from medbridge.evidence.models import Commitment
from medbridge.inbox.models import Message
from medbridge.inbox.store import body_of
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
SECRETS = ("Zebulon", "MRN-9911", "7.77")


@pytest.fixture(autouse=True)
def log(feed: Voice, settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Voice]:
    """Zebulon, to be erased, and Alice, who stays; sealed and anchored."""
    settings.LOCAL_CHAIN_DIR, settings.LOG_KEY_FILE = tmp_path / "chain", tmp_path / "log.pem"
    zebulon = build.patient(
        "north-z", name=[{"family": "Zebulon"}], identifier=[{"system": "urn:mrn", "value": "MRN-9911"}]
    )
    assert feed.put("Patient/north-z", zebulon).status_code == 201
    quantity = {"value": 7.77, "unit": "g/dL"}
    assert (
        feed.put(
            "Observation/north-zo", build.observation("Patient/north-z", "north-zo", valueQuantity=quantity)
        ).status_code
        == 201
    )
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.get("Patient?name=Zebulon")
    commit_accesses(at=timezone.now())
    for step in (services.seal, services.publish, services.confirm):
        step(now=timezone.now())
    yield feed


def erase(*arguments: str) -> str:
    out = io.StringIO()
    call_command("erase", *(arguments or ("Patient/north-z",)), stdout=out)
    return out.getvalue()


def everything() -> str:
    """Every row of every table of ours, as text; raw messages decompressed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall() if row[0] != "inbox_message"]
        rows = []
        for table in tables:
            cursor.execute(f"SELECT encode(convert_to(t::text, 'UTF8'), 'escape') FROM {table} t")
            rows += [row[0] for row in cursor.fetchall()]
    messages = [body_of(message).decode() + str(vars(message)) for message in Message.objects.all()]
    bodies = [bytes(body).decode() for (body,) in _bodies()]
    return "\n".join([*rows, *messages, *bodies])


def _bodies() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM records_version WHERE body IS NOT NULL")
        return list(cursor.fetchall())


def test_nothing_of_the_person_is_left() -> None:
    before = everything()
    assert all(secret in before for secret in SECRETS)
    erase()
    after = everything()
    assert [secret for secret in (*SECRETS, "north-z") if secret in after] == []


def test_a_read_answers_as_if_it_had_never_been(log: Voice) -> None:
    erase()
    for path in ("Patient/north-z", "Observation/north-zo", "Patient/north-z/_history/1", "Patient/north-z/$receipt"):
        assert log.get(path).status_code == 404
    assert "entry" not in log.get("Patient?name=Zebulon").json()


def test_no_guess_opens_the_commitment(log: Voice) -> None:
    """The observation is one of a few thousand possible documents; without its salt none of them can be told."""
    stored = log.get("Observation/north-zo").content
    (entry,) = (e for e in Entry.objects.all() if bytes(e.commitment) in _commitments_of(stored))
    erase()
    left = [bytes(value or b"") for row in Commitment.objects.all() for value in (row.salt, row.digest)]
    left += [bytes(32), b"", bytes(entry.hash), bytes(entry.commitment)]
    for tenths in range(1000):
        guess = sha256(stored.replace(b"7.77", b"%.2f" % (tenths / 100))).digest()
        assert guess not in left
        assert all(commitment(salt, guess) != bytes(entry.commitment) for salt in left if len(salt) == 32)


def _commitments_of(document: bytes) -> set[bytes]:
    rows = Commitment.objects.filter(digest=sha256(document).digest())
    return {commitment(bytes(row.salt or b""), bytes(row.digest)) for row in rows}


def test_the_log_and_other_receipts_stay_valid(log: Voice) -> None:
    erase()
    document, receipt = log.get("Patient/north-alice").content, log.get("Patient/north-alice/$receipt").content
    assert verify_bytes(receipt, document=sha256(document).digest()).result.value == "VALID"


def test_a_receipt_issued_before_still_verifies_with_its_document(log: Voice) -> None:
    document, receipt = log.get("Patient/north-z").content, log.get("Patient/north-z/$receipt").content
    erase()
    assert verify_bytes(receipt, document=sha256(document).digest()).result.value == "VALID"


def test_the_audit_of_the_evidence_finds_an_erasure_in_order() -> None:
    erase()
    out = io.StringIO()
    call_command("audit_evidence", stdout=out)
    assert "Everything is as it was committed" in out.getvalue()


def test_an_erasure_leaves_an_access_record_without_a_name(log: Voice) -> None:
    erase()
    with connection.cursor() as cursor:
        cursor.execute("SELECT target, count FROM audit_access WHERE action = 'delete' AND reason = 'erased'")
        assert cursor.fetchall() == [("Patient", 2)]


def test_what_speaks_of_others_too_stays_and_is_told(log: Voice) -> None:
    members = [{"entity": {"reference": f"Patient/north-{who}"}} for who in ("z", "alice")]
    group = {"resourceType": "Group", "id": "north-g", "type": "person", "actual": True, "member": members}
    assert log.put("Group/north-g", group).status_code == 201, json.dumps(group)
    assert "Group/north-g speaks of other people too" in erase()


def test_who_is_not_there_cannot_be_erased() -> None:
    with pytest.raises(CommandError, match="Nothing is stored about Patient/nobody"):
        erase("Patient/nobody")


def test_without_an_erasure_versions_and_access_records_cannot_go() -> None:
    for sql in ("DELETE FROM records_version", "DELETE FROM audit_access", "UPDATE audit_access SET query = ''"):
        with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
            cursor.execute(sql)
