"""Every read, search, write and refusal leaves a row before its answer leaves, and the person reads it."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from anchoring.models import Submission
from medbridge.actions.commit_accesses import commit_accesses
from medbridge.audit.models import Access
from medbridge.evidence.models import Commitment, name_of
from medbridge.fhir.validate import issues
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


@pytest.fixture
def looked(feed: Voice, bob: Voice) -> None:
    """Bob tried to read Alice's observation before any consent, and searched for it."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o", build.observation("Patient/north-alice", "north-o"))
    bob.get("Observation/north-o")
    bob.get("Observation?patient=north-alice")


def events(voice: Voice, path: str) -> list[dict[str, object]]:
    return [entry["resource"] for entry in voice.get(path).json().get("entry", [])]


def test_the_person_sees_who_tried(looked: None, alice: Voice) -> None:
    mine = [e for e in events(alice, "AuditEvent?patient=north-alice") if e["agent"][0]["who"]["display"] == "Bob"]  # type: ignore[index]
    assert [(e["subtype"][0]["code"], e["outcome"]) for e in mine] == [("search", "0"), ("read", "4")]  # type: ignore[index]


def test_an_access_record_is_a_valid_audit_event(looked: None, alice: Voice) -> None:
    found = events(alice, "AuditEvent?patient=north-alice")
    assert found
    assert [issue for event in found for issue in issues(event)] == []


def test_nobody_else_reads_it(looked: None, bob: Voice, feed: Voice) -> None:
    assert events(bob, "AuditEvent?patient=north-alice") == events(feed, "AuditEvent") == []


def test_the_auditor_reads_all(looked: None, voice: Callable[..., Voice]) -> None:
    assert len(events(voice("carol"), "AuditEvent")) >= 4


def test_one_event_is_read_by_its_id(looked: None, alice: Voice, bob: Voice) -> None:
    event = events(alice, "AuditEvent?patient=north-alice")[0]
    assert alice.get(f"AuditEvent/{event['id']}").json() == event
    assert bob.get(f"AuditEvent/{event['id']}").status_code == 404
    reads = Access.objects.filter(target=f"AuditEvent/{event['id']}").order_by("id")
    assert list(reads.values_list("username", "allowed")) == [("alice", True), ("bob", False)]


def test_a_missing_scope_leaves_a_refusal(cast: None, voice: Callable[..., Voice]) -> None:
    assert voice("bob", scopes="user/Patient.r").get("Observation/x").status_code == 403
    assert not Access.objects.get(username="bob").allowed


def test_a_search_over_two_persons_leaves_a_row_for_each(feed: Voice) -> None:
    for name in ("north-1", "north-2"):
        feed.put(f"Patient/{name}", build.patient(name))
    feed.get("Patient?name=zhang")
    assert set(Access.objects.filter(action="search", patient__isnull=False).values_list("patient", flat=True)) == {
        "north-1",
        "north-2",
    }


@pytest.mark.parametrize("batch", [1, 2, 5000])
def test_access_records_are_committed_in_batches_once(
    looked: None, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait: one run leaves none, or a busy day's would never all reach the log."""
    monkeypatch.setattr("medbridge.actions.commit_accesses.BATCH", batch)
    rows = Access.objects.count()
    before = Submission.objects.count()
    assert (commit_accesses(at=timezone.now()), commit_accesses(at=timezone.now())) == (rows, 0)
    assert Submission.objects.count() == before + rows
    assert (
        Commitment.objects.filter(name__in=[name_of(f"AuditEvent/{row.id}") for row in Access.objects.all()]).count()
        == rows
    )
