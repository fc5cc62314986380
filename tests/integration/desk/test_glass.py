"""The glass at the desks: Bob breaks it with a reason, Alice is told, Carol reviews it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from medbridge.accounts.models import Account
from medbridge.audit.models import Access, Review
from tests import build
from tests.integration.conftest import Voice
from tests.integration.desk.conftest import Visitor

Visit = Callable[[str], Visitor]
REASON = "unconscious, allergies needed"


@pytest.fixture
def admitted(records: Voice) -> None:
    """A consent that names BTG, and Bob in the emergency group."""
    records.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c", purpose=build.purpose("BTG")))
    Account.objects.filter(username="bob").update(member_of=["Group/btg"])


def broken(visit: Visit) -> Visitor:
    bob = visit("bob")
    assert "The glass is broken." in bob.do("clinician/glass", reason=REASON)
    return bob


def test_bob_breaks_the_glass_and_sees_the_history(admitted: None, visit: Visit) -> None:
    bob = visit("bob")
    bob.see("clinician/patients/north-alice", 404)
    assert "Hemoglobin" in broken(visit).see("clinician/patients/north-alice")


def test_without_a_reason_it_stays_whole(admitted: None, visit: Visit) -> None:
    bob = visit("bob")
    assert "needs a reason" in bob.do("clinician/glass", reason=" ")
    bob.see("clinician/patients/north-alice", 404)


def test_who_is_not_of_the_group_is_not_offered_it(records: Voice, visit: Visit) -> None:
    mallory = visit("mallory")
    assert "Break the glass" not in mallory.see("clinician/")
    assert "no member of Group/btg" in mallory.do("clinician/glass", reason=REASON)


def test_it_ends_by_itself(admitted: None, visit: Visit, settings: Any) -> None:
    settings.GLASS_SECONDS = 0
    bob = visit("bob")
    bob.client.post("/desk/clinician/glass", {"reason": REASON})
    bob.see("clinician/patients/north-alice", 404)


def test_it_ends_with_another_purpose(admitted: None, visit: Visit) -> None:
    bob = broken(visit)
    bob.do("clinician/purpose", purpose="TREAT")
    bob.see("clinician/patients/north-alice", 404)


def test_alice_is_told_on_her_page(admitted: None, visit: Visit) -> None:
    assert "The glass was broken" not in visit("alice").see("patient/")
    broken(visit).see("clinician/patients/north-alice")
    page = visit("alice").see("patient/")
    assert "The glass was broken to see your records in an emergency:" in page
    assert f"Bob, Renji East Hospital · {REASON}" in page


def test_carol_reviews_each_once_with_a_note(admitted: None, visit: Visit) -> None:
    broken(visit).see("clinician/patients/north-alice")
    carol = visit("carol")
    assert carol.see("auditor/reviews").count(f"The reason: {REASON}") == Access.objects.filter(purpose="BTG").count()
    access = Access.objects.filter(purpose="BTG", patient="north-alice").first()
    assert access is not None
    page = carol.do(f"auditor/reviews/{access.id}", note="Bob was on duty.")
    assert "Reviewed." in page and "Patient/north-alice" not in page
    done = Review.objects.get(access=access.id)
    assert (done.username, done.note) == ("carol", "Bob was on duty.")
    assert "was reviewed already" in carol.do(f"auditor/reviews/{access.id}", note="Again.")
    assert Access.objects.filter(action="review", username="carol", patient="north-alice").exists()


def test_a_review_needs_a_note(admitted: None, visit: Visit) -> None:
    broken(visit)
    access = Access.objects.get(action="break-glass")
    assert "has a note" in visit("carol").do(f"auditor/reviews/{access.id}", note=" ")
    assert not Review.objects.exists()


def test_an_ordinary_access_is_not_in_the_queue(records: Voice, visit: Visit, bob: Voice) -> None:
    bob.get("Observation/north-o1")
    carol = visit("carol")
    assert "Nothing waits for a review." in carol.see("auditor/reviews")
    access = Access.objects.filter(username="bob").first()
    assert access is not None
    assert "is not in the queue" in carol.do(f"auditor/reviews/{access.id}", note="x")


@pytest.mark.parametrize("name", ["alice", "bob", "dana"])
def test_the_queue_is_the_auditors(admitted: None, visit: Visit, name: str) -> None:
    visit(name).see("auditor/reviews", 403)


def test_a_review_never_changes(admitted: None, visit: Visit) -> None:
    broken(visit)
    access = Access.objects.get(action="break-glass")
    visit("carol").do(f"auditor/reviews/{access.id}", note="On duty.")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Review.objects.update(note="Nothing to see.")
