"""The statements that find broken tables find them: otherwise the crash tests would prove nothing."""

import pytest
from django.db import connection

from tests import build
from tests.integration.conftest import Voice
from tests.integration.whole import WHOLE, faults

URN = "urn:uuid:00000000-0000-4000-8000-{:012d}"
UNLOCK = "SET LOCAL session_replication_role = replica"  # past the triggers that keep tables append-only
NAMES = list(WHOLE)
DAMAGE = {
    NAMES[0]: "UPDATE records_current SET version_pk = 0 WHERE type = 'Patient'",
    NAMES[1]: "UPDATE records_version SET version = 3 WHERE type = 'Patient'",
    NAMES[2]: "UPDATE records_text SET record = 0",
    NAMES[3]: "INSERT INTO records_text (record, salt, value) SELECT record, salt, value FROM records_text",
    NAMES[4]: "INSERT INTO records_display (term, salt, value) SELECT term, salt, 'other' FROM records_display",
    NAMES[5]: "UPDATE consent_node SET version = 2",
    NAMES[6]: "UPDATE evidence_commitment SET digest = sha256('other')",
    NAMES[7]: "DELETE FROM records_version WHERE type = 'Observation'",
    NAMES[8]: "DELETE FROM anchoring_submission",
    NAMES[9]: "DELETE FROM evidence_commitment",
    NAMES[10]: "DELETE FROM identity_link",
    NAMES[11]: "DELETE FROM identity_person",
    NAMES[12]: "UPDATE inbox_message SET state = 'RECEIVED'",
    NAMES[13]: "DELETE FROM audit_waiting",
    NAMES[14]: "DELETE FROM audit_access",
}


@pytest.fixture
def pushed(feed: Voice) -> None:
    bundle = build.transaction(build.patient(), build.observation(URN.format(0)), build.consent(URN.format(0)))
    assert feed.post("", bundle).status_code == 200


@pytest.mark.django_db
def test_what_a_push_leaves_is_whole(pushed: None) -> None:
    with connection.cursor() as cursor:
        assert faults(cursor) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("fault", WHOLE)
def test_damage_is_found(fault: str, pushed: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNLOCK)
        cursor.execute(DAMAGE[fault])
        assert fault in faults(cursor)
