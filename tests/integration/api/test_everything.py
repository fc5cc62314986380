"""One person at two hospitals: linked by a strong identifier, read as one history, each row under its own consent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from medbridge.accounts.models import Account, ConfirmedPatient
from medbridge.actions.steps.access import account_actor
from medbridge.actions.unlink_patient import unlink_patient
from medbridge.audit.models import Access
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
    """Of what was recorded of her; not what the Consent and its Provenance refer to."""
    return {id for id in voice.ids(path) if not id.startswith(("Provenance", "Consent", "Organization"))}


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
    assert len(seen) == len(set(seen)) == 6, "five of hers, and the hospital that the Consent names"


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


def test_a_part_of_it_is_asked_for_by_type_and_time_of_care(both: None, feed: Voice, bob: Voice) -> None:
    asked = "Patient/renji-alice/$everything?{}"
    assert ids(bob, asked.format("_type=Observation&_type=Patient")) == ids(
        bob, asked.format("_type=Observation,Patient")
    )
    patients = {"Patient/north-alice", "Patient/renji-alice"}
    assert ids(bob, asked.format("start=2025-01-01")) == ids(bob, asked.format("end=2024-02-29")) == patients
    assert "Observation/north-o" in ids(bob, asked.format("start=2024-03-01&end=2024-03-01"))


def test_only_what_was_stored_since_then_comes(both: None, bob: Voice, now: datetime) -> None:
    since = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ids(bob, f"Patient/renji-alice/$everything?_since={since}") == set()
    assert ids(bob, "Patient/renji-alice/$everything?_since=2020-01-01") == ids(bob, "Patient/renji-alice/$everything")


def test_parameters_come_in_the_body_of_a_post_as_well(both: None, bob: Voice) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueCode": "Observation"}]}
    entries = bob.post("Patient/renji-alice/$everything", body).json()["entry"]
    assert {entry["resource"]["resourceType"] for entry in entries} == {"Observation"}


@pytest.mark.parametrize("query", ["_sinse=2020", "_since=x", "start=2020-13", "_type=Nothing", "_count=0"])
def test_a_parameter_that_is_wrong_is_400(both: None, bob: Voice, query: str) -> None:
    assert bob.get(f"Patient/renji-alice/$everything?{query}").status_code == 400


def test_a_patient_need_not_name_herself(both: None, alice: Voice, bob: Voice) -> None:
    assert alice.ids("Patient/$everything") == alice.ids("Patient/north-alice/$everything")
    assert bob.get("Patient/$everything").status_code == 403


@pytest.fixture
def visit(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    act = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    subject = {"reference": "Patient/north-alice"}
    feed.put("Encounter/north-e", {"resourceType": "Encounter", "id": "north-e", "status": "finished", "class": act,
                                   "subject": subject})  # fmt: skip
    inside = build.observation("Patient/north-alice", "north-in", encounter={"reference": "Encounter/north-e"})
    feed.put("Observation/north-in", inside)
    feed.put("Observation/north-out", build.observation("Patient/north-alice", "north-out"))
    return feed


def test_an_encounter_comes_with_what_was_recorded_in_it_and_its_patient(visit: Voice) -> None:
    assert ids(visit, "Encounter/north-e/$everything") == {
        "Encounter/north-e", "Patient/north-alice", "Observation/north-in",
    }  # fmt: skip
    assert ids(visit, "Encounter/north-e/$everything?_type=Observation") == {"Observation/north-in"}
    first = visit.get("Encounter/north-e/$everything?_count=2").json()
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    assert len(visit.get(following.partition("/fhir/")[2]).json()["entry"]) == 1


def test_an_encounter_that_may_not_be_seen_is_one_that_is_not(visit: Voice, voice: Callable[..., Voice]) -> None:
    mallory = voice("mallory")
    hidden, absent = (mallory.get(f"Encounter/{id}/$everything") for id in ("north-e", "north-x"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content.replace(b"north-x", b"north-e")
    assert Access.objects.filter(username="mallory", patient="north-alice", allowed=False).exists()


def test_a_consent_for_a_part_opens_that_part_of_an_encounter(visit: Voice, bob: Voice) -> None:
    classes = [{"system": "http://hl7.org/fhir/resource-types", "code": "Encounter"}]
    actor = build.actor("Organization/renji")
    visit.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c", actor=actor, **{"class": classes}))
    assert ids(bob, "Encounter/north-e/$everything") == {"Encounter/north-e"}


@pytest.fixture
def ward(both: None, feed: Voice) -> dict[str, str]:
    """North Bay's directory: what an observation refers to, and what that refers to; ids with how they come."""
    feed.put("Practitioner/north-doc", {"resourceType": "Practitioner", "id": "north-doc"})
    feed.put("Practitioner/north-other", {"resourceType": "Practitioner", "id": "north-other"})
    role = {
        "practitioner": {"reference": "Practitioner/north-doc"},
        "organization": {"reference": "Organization/north"},
    }
    feed.put("PractitionerRole/north-role", {"resourceType": "PractitionerRole", "id": "north-role", **role})
    performer = [{"reference": "PractitionerRole/north-role"}]
    for id in ("north-o2", "north-o3"):
        feed.put(f"Observation/{id}", build.observation("Patient/north-alice", id, performer=performer))
    return dict.fromkeys(("PractitionerRole/north-role", "Practitioner/north-doc", "Organization/north"), "include")


def modes(page: dict[str, Any]) -> list[tuple[str, str]]:
    entries = [(entry["resource"], entry["search"]["mode"]) for entry in page["entry"]]
    return [(f"{resource['resourceType']}/{resource['id']}", mode) for resource, mode in entries]


def test_what_they_refer_to_of_the_directory_comes_along(ward: dict[str, str], bob: Voice) -> None:
    everything = dict(modes(bob.get("Patient/renji-alice/$everything").json()))
    assert ward.items() <= everything.items()
    assert "Practitioner/north-other" not in everything


def test_it_comes_once_for_all_pages(ward: dict[str, str], bob: Voice) -> None:
    url, seen = "Patient/renji-alice/$everything?_count=1", []
    while url:
        page = bob.get(url).json()
        seen += modes(page)
        url = next((link["url"].partition("/fhir/")[2] for link in page["link"] if link["relation"] == "next"), "")
    assert len(seen) == len(set(seen))
    assert ward.items() <= dict(seen).items()


def test_it_is_asked_for_by_type_as_well(ward: dict[str, str], bob: Voice) -> None:
    found = bob.ids("Patient/renji-alice/$everything?_type=Observation,PractitionerRole")
    assert "PractitionerRole/north-role" in found
    assert {id.partition("/")[0] for id in found} == {"Observation", "PractitionerRole"}


def test_what_the_reader_may_not_see_does_not(ward: dict[str, str], feed: Voice, bob: Voice) -> None:
    """A Medication is no directory: Renji's clinicians do not read North Bay's."""
    feed.put("Medication/north-m", {"resourceType": "Medication", "id": "north-m"})
    given = {"medicationReference": {"reference": "Medication/north-m"}, "status": "active", "intent": "order",
             "subject": {"reference": "Patient/north-alice"}}  # fmt: skip
    feed.put("MedicationRequest/north-r", {"resourceType": "MedicationRequest", "id": "north-r", **given})
    assert "Medication/north-m" in feed.ids("Patient/north-alice/$everything")
    found = bob.ids("Patient/north-alice/$everything")
    assert "MedicationRequest/north-r" in found
    assert "Medication/north-m" not in found


def test_a_token_for_observations_brings_no_practitioners(ward: dict[str, str], voice: Callable[..., Voice]) -> None:
    found = voice("bob", scopes="user/Observation.rs user/Patient.rs").ids("Patient/renji-alice/$everything")
    assert {id.partition("/")[0] for id in found} == {"Observation", "Patient"}
