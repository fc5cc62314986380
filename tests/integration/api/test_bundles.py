"""Transactions and batches (FHIR R4 http.html#transaction)."""

import pytest

from medbridge.inbox.models import Message
from medbridge.records.models import Current, Version
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
URN = "urn:uuid:00000000-0000-4000-8000-{:012d}"


def pushed(feed: Voice, *resources: dict[str, object], **options: str) -> list[str]:
    answer = feed.post("", build.transaction(*resources), **options)
    assert answer.status_code == 200, answer.content
    return [entry["response"]["location"].partition("/_history")[0] for entry in answer.json()["entry"]]


def test_references_between_entries_are_resolved(feed: Voice) -> None:
    patient, observation = pushed(feed, build.patient(), build.observation(URN.format(0)))
    assert feed.get(observation).json()["subject"]["reference"] == patient


def test_one_wrong_entry_stores_nothing_and_is_named(feed: Voice) -> None:
    answer = feed.post("", build.transaction(build.patient(), build.observation(URN.format(0), status="finall")))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.status"]
    assert not Current.objects.filter(hospital="north").exists()


def test_a_refused_bundle_is_a_dead_letter_with_its_bytes(feed: Voice) -> None:
    feed.post("", build.transaction(build.patient(gender="femal")))
    letter = Message.objects.get(state="DEAD")
    assert letter.place == "Bundle.entry[0].resource.gender"


def test_the_same_transaction_again_is_the_same_message(feed: Voice) -> None:
    first = pushed(feed, build.patient(), build.observation(URN.format(0)))
    again = pushed(feed, build.patient(), build.observation(URN.format(0)))
    assert first == again
    assert Message.objects.filter(kind="bundle").count() == 1


def test_the_same_transaction_after_a_deletion_is_a_new_one(feed: Voice) -> None:
    first = pushed(feed, build.patient())
    feed.delete(first[0])
    assert pushed(feed, build.patient()) != first


def test_a_put_set_back_by_equal_bytes_is_not_taken_for_a_repetition(feed: Voice) -> None:
    for active in (True, False, True):
        pushed(feed, build.patient("north-1", active=active))
    assert feed.get("Patient/north-1").json()["active"] is True


def test_each_record_leads_back_to_its_message(feed: Voice) -> None:
    patient, _ = pushed(feed, build.patient(), build.observation(URN.format(0)))
    message = Message.objects.get(kind="bundle")
    provenance = feed.get(f"Provenance?target={patient}").json()["entry"][0]["resource"]
    assert provenance["entity"][0]["what"]["identifier"]["value"] == f"urn:uuid:{message.id}"


def test_if_none_exist_finds_the_record_of_an_earlier_bundle(feed: Voice) -> None:
    bundle = build.transaction(build.patient())
    bundle["entry"][0]["request"]["ifNoneExist"] = f"identifier={build.RESIDENT_ID}|11010519491231002X"
    first, second = (feed.post("", bundle).json()["entry"][0]["response"] for _ in range(2))
    assert first["status"].startswith("201") and second["status"].startswith("200")
    assert first["location"] == second["location"]


def test_a_conditional_reference_is_resolved(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    reference = f"Patient?identifier={build.RESIDENT_ID}|11010519491231002X"
    (observation,) = pushed(feed, build.observation(reference))
    assert feed.get(observation).json()["subject"]["reference"] == "Patient/north-alice"


def test_a_batch_entry_fails_alone(feed: Voice) -> None:
    bundle = build.transaction(build.patient(), build.patient(gender="femal"), type="batch")
    entries = feed.post("", bundle).json()["entry"]
    assert entries[0]["response"]["status"].startswith("201")
    assert entries[1]["response"]["status"].startswith("422")
    assert entries[1]["response"]["outcome"]["issue"][0]["expression"] == ["Patient.gender"]


def test_a_batch_reads_and_searches(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    requests = [
        {"request": {"method": "GET", "url": url}} for url in ("Patient/north-alice", "Patient?name=zhang", "Patient/x")
    ]
    entries = feed.post("", {"resourceType": "Bundle", "type": "batch", "entry": requests}).json()["entry"]
    assert entries[0]["resource"]["id"] == "north-alice"
    assert entries[1]["resource"]["entry"][0]["resource"]["id"] == "north-alice"
    assert entries[2]["response"]["status"].startswith("404")


def test_a_bundle_of_a_thousand_entries(feed: Voice) -> None:
    pushed(feed, build.patient(), *[build.observation(URN.format(0)) for _ in range(1000)])
    assert Version.objects.filter(type="Observation").count() == 1000
