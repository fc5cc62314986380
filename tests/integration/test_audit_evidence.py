"""`manage.py audit_evidence` names each record that is not as it was committed."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from anchoring import services
from medbridge.actions.commit_accesses import commit_accesses
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
ALICE, PULSE = "Patient/north-alice/_history/1", "Observation/north-pulse/_history/1"


@pytest.fixture(autouse=True)
def log(feed: Voice, settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Voice]:
    """Two records of Alice, sealed and anchored, with the access records of the writes."""
    settings.LOCAL_CHAIN_DIR, settings.LOG_KEY_FILE = tmp_path / "chain", tmp_path / "log.pem"
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-pulse", build.observation("Patient/north-alice", "north-pulse"))
    commit_accesses(at=timezone.now())
    for step in (services.seal, services.publish, services.confirm):
        step(now=timezone.now())
    yield feed


def audited(*notes: Path) -> str:
    out = io.StringIO()
    try:
        call_command("audit_evidence", *notes, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


def intruder(sql: str, *values: object) -> None:
    """With the rights of the owner of the tables: triggers are off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET session_replication_role = DEFAULT")


def version(id: str) -> str:
    return f"records_version WHERE id = '{id}'"


def test_untouched_evidence_holds() -> None:
    assert audited() == "Everything is as it was committed.\n"


def test_an_altered_record_is_named() -> None:
    intruder("UPDATE records_version SET body = convert_to('{}', 'UTF8') WHERE id = 'north-pulse'")
    assert f"ALTERED {PULSE}: its bytes are not those" in audited()


def test_a_removed_record_is_named() -> None:
    intruder(f"DELETE FROM {version('north-pulse')}")
    assert f"REMOVED {PULSE}: it was committed on" in audited()


def test_a_record_removed_with_all_its_traces_is_named_from_the_access_records() -> None:
    intruder(f"DELETE FROM {version('north-pulse')}")
    intruder("DELETE FROM records_current WHERE id = 'north-pulse'")
    assert f"REMOVED {PULSE}" in audited()


def test_an_inserted_record_is_named() -> None:
    columns = "key, at, version, type, hospital, patient, method, author, message, body"
    copied = "7, at, 1, type, hospital, patient, method, author, message, body"
    intruder(f"INSERT INTO records_version (id, {columns}) SELECT 'forged', {copied} FROM {version('north-pulse')}")
    assert "INSERTED Observation/forged/_history/1: nothing was ever committed for it" in audited()


def test_two_records_in_each_others_place_are_named_as_reordered() -> None:
    intruder(
        "UPDATE records_version v SET body = o.body FROM records_version o"
        " WHERE v.id IN ('north-pulse', 'north-alice') AND o.id IN ('north-pulse', 'north-alice') AND o.id <> v.id"
    )
    assert f"REORDERED {PULSE}" in audited()
    assert f"REORDERED {ALICE}" in audited()


def test_a_backdated_record_is_named() -> None:
    intruder("UPDATE records_version SET at = at - interval '1 year' WHERE id = 'north-pulse'")
    assert f"BACKDATED {PULSE}" in audited()


def test_a_record_backdated_in_the_log_too_is_named() -> None:
    intruder("UPDATE evidence_commitment SET at = at - interval '1 year'")
    assert f"BACKDATED {PULSE}" in audited()


def test_an_altered_access_record_is_named() -> None:
    intruder("UPDATE audit_access SET username = 'nobody' WHERE target LIKE %s", "%north-pulse%")
    assert "ALTERED AuditEvent/" in audited()


def test_a_removed_access_record_is_told() -> None:
    intruder("DELETE FROM audit_access WHERE target LIKE %s", "%north-pulse%")
    assert "REMOVED entry" in audited()


def test_a_record_read_from_an_older_version_is_named(log: Voice) -> None:
    log.put("Observation/north-pulse", build.observation("Patient/north-alice", "north-pulse", status="amended"))
    commit_accesses(at=timezone.now())
    first = "(SELECT min(pk) FROM records_version WHERE id = 'north-pulse')"
    intruder(f"UPDATE records_current SET version = 1, version_pk = {first} WHERE id = 'north-pulse'")
    assert "ALTERED Observation/north-pulse: it is read from another version" in audited()


def test_a_promise_that_somebody_kept_and_the_log_did_not(log: Voice, tmp_path: Path) -> None:
    note = tmp_path / "promise"
    note.write_text(log.get("Observation/north-pulse/$promise").content.decode())
    assert audited(note) == "Everything is as it was committed.\n"
    intruder("UPDATE anchoring_directoryblock SET time = time + %s", 2 * 86_400_000)
    assert "PROMISE NOT KEPT promise for commitment" in audited(note)


def test_a_checkpoint_that_somebody_kept_tells_of_a_restored_old_backup(
    log: Voice, client: Any, tmp_path: Path
) -> None:
    note = tmp_path / "checkpoint"
    log.put("Observation/north-later", build.observation("Patient/north-alice", "north-later"))
    services.seal(now=timezone.now() + timedelta(hours=1))
    note.write_bytes(client.get("/log/checkpoint").content)
    for table in ("entry", "entryblock"):
        intruder(f"DELETE FROM anchoring_{table}")
    intruder("DELETE FROM anchoring_directoryblock WHERE height = (SELECT max(height) FROM anchoring_directoryblock)")
    assert "LOG ROLLED BACK checkpoint" in audited(note)


def test_a_note_of_another_log_is_refused(tmp_path: Path) -> None:
    note = tmp_path / "note"
    note.write_text("nonsense")
    assert "a signed note is a text" in audited(note)


def test_an_unknown_account_may_not_audit() -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("audit_evidence", user="nobody")


def test_an_entry_omitted_before_sealing_is_named(log: Voice) -> None:
    log.put("Observation/north-late", build.observation("Patient/north-alice", "north-late"))
    intruder("DELETE FROM anchoring_submission")
    assert "REMOVED Observation/north-late/_history/1: its entry" in audited()


def test_a_reused_salt_is_named() -> None:
    intruder("UPDATE evidence_commitment SET salt = (SELECT salt FROM evidence_commitment ORDER BY entry LIMIT 1)")
    assert "it has the salt of entry" in audited()
