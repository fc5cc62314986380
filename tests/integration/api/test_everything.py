"""One person at two hospitals: linked by a strong identifier, read as one history, each row under its own consent."""

from collections.abc import Callable
from datetime import datetime

import pytest

from medbridge.accounts.models import Account, ConfirmedPatient
from medbridge.actions.steps.access import account_actor
from medbridge.actions.unlink_patient import unlink_patient
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(feed: Voice, voice: Callable[..., Voice]) -> None:
    """Alice at North Bay and at Renji; North Bay recorded a consent for Renji."""
    renji = voice("renji-feed")
    for sender, prefix in ((feed, "north"), (renji, "renji")):
        sender.put(f"Patient/{prefix}-alice", build.patient(f"{prefix}-alice"))
        sender.put(f"Observation/{prefix}-o", build.observation(f"Patient/{prefix}-alice", f"{prefix}-o"))
    feed.put(
        "Consent/north-c", build.consent("Patient/north-alice", id="north-c", actor=build.actor("Organization/renji"))
    )


def ids(voice: Voice, path: str) -> set[str]:
    return {id for id in voice.ids(path) if not id.startswith(("Provenance", "Consent"))}


def test_a_clinician_reads_both_hospitals_records(both: None, bob: Voice) -> None:
    everything = {"Patient/north-alice", "Patient/renji-alice", "Observation/north-o", "Observation/renji-o"}
    assert ids(bob, "Patient/renji-alice/$everything") == everything
    assert ids(bob, "Patient/north-alice/$everything") == everything


def test_a_link_opens_nothing_by_itself(both: None, voice: Callable[..., Voice]) -> None:
    mallory = voice("mallory-feed")
    mallory.put("Patient/mallory-alice", build.patient("mallory-alice"))
    assert ids(voice("mallory"), "Patient/mallory-alice/$everything") == {"Patient/mallory-alice"}


def test_the_mdm_modifier_follows_the_person(both: None, bob: Voice) -> None:
    assert ids(bob, "Observation?patient:mdm=renji-alice") == {"Observation/north-o", "Observation/renji-o"}
    assert ids(bob, "Observation?patient=renji-alice") == {"Observation/renji-o"}


def test_a_wrong_link_is_undone_at_once(both: None, bob: Voice, now: datetime) -> None:
    unlink_patient(actor=account_actor("dana"), at=now, patient="north-alice")
    assert ids(bob, "Patient/renji-alice/$everything") == {"Patient/renji-alice", "Observation/renji-o"}


def test_everything_is_paged(both: None, bob: Voice) -> None:
    url, seen = "Patient/renji-alice/$everything?_count=2", []
    while url:
        page = bob.get(url).json()
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((link["url"].partition("/fhir/")[2] for link in page["link"] if link["relation"] == "next"), "")
    assert len(seen) == len(set(seen)) == 5


def test_a_match_by_the_index_gives_the_persons_account_nothing(both: None, alice: Voice) -> None:
    assert "Observation/renji-o" not in alice.ids("Patient/north-alice/$everything")


def test_a_confirmed_account_sees_and_opens_the_other_hospitals_records(
    both: None, voice: Callable[..., Voice], now: object
) -> None:
    ConfirmedPatient.objects.create(
        account=Account.objects.get(username="alice"), patient="renji-alice", hospital="renji",
        confirmed_by="test", confirmed_at=now,
    )  # fmt: skip
    alice = voice("alice")
    assert "Observation/renji-o" in alice.ids("Patient/north-alice/$everything")
    alice.post("Consent", build.consent("Patient/north-alice", actor=build.actor("Organization/mallory")))
    assert voice("mallory").ids("Observation?patient=renji-alice") == ["Observation/renji-o"]
