"""Who sees what over HTTP (DESIGN.md section 5)."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.inbox.models import Message
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
SEARCH = "Observation?patient=north-alice"


@pytest.fixture
def north(feed: Voice) -> Voice:
    """Alice's record at North Bay, and no consent."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    return feed


def record(feed: Voice, **choices: Any) -> Any:
    return feed.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c", **choices))


def test_without_consent_another_hospital_sees_nothing(north: Voice, bob: Voice) -> None:
    assert bob.ids(SEARCH) == []
    assert bob.get("Patient/north-alice").status_code == 404


def test_hidden_and_unknown_answer_the_same(north: Voice, bob: Voice) -> None:
    hidden, unknown = bob.get("Observation/north-o1"), bob.get("Observation/north-o2")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content.replace(b"north-o2", b"north-o1")


@pytest.mark.parametrize(
    "provision",
    [
        {},
        {"actor": build.actor("Organization/renji")},
        {"actor": build.actor("Practitioner/bob")},
        {"purpose": build.purpose("TREAT")},
        {"period": {"start": "2020-01-01", "end": "2999-01-01"}},
        {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}]},
    ],
)
def test_a_permit_opens_to_whom_it_names(north: Voice, bob: Voice, provision: dict[str, Any]) -> None:
    assert record(north, **provision).status_code == 201
    assert bob.ids(SEARCH) == ["Observation/north-o1"]


@pytest.mark.parametrize(
    "provision",
    [
        {"actor": build.actor("Organization/mallory")},
        {"actor": build.actor("Practitioner/mallory")},
        {"purpose": build.purpose("HMARKT")},
        {"period": {"end": "2020-01-01"}},
        {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}]},
        {"securityLabel": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]},
    ],
)
def test_a_permit_opens_to_nobody_else(north: Voice, bob: Voice, provision: dict[str, Any]) -> None:
    assert record(north, **provision).status_code == 201
    assert bob.ids(SEARCH) == []


def test_a_deny_wins_over_a_permit(north: Voice, bob: Voice) -> None:
    record(north)
    north.put("Consent/north-d", build.consent("Patient/north-alice", id="north-d", permit=False,
                                               actor=build.actor("Organization/renji")))  # fmt: skip
    assert bob.ids(SEARCH) == []


def test_a_withdrawn_consent_ends_at_the_next_request(north: Voice, bob: Voice) -> None:
    record(north)
    assert bob.ids(SEARCH)
    north.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c") | {"status": "inactive"})
    assert bob.ids(SEARCH) == []
    assert bob.get("Observation/north-o1/_history").status_code == 404


def test_a_consent_of_mallorys_hospital_opens_nothing_of_north_bay(
    north: Voice, bob: Voice, voice: Callable[..., Voice]
) -> None:
    mallory = voice("mallory-feed")
    mallory.put("Patient/mallory-alice", build.patient("mallory-alice"))
    mallory.put("Consent/mallory-c", build.consent("Patient/mallory-alice", id="mallory-c"))
    assert voice("mallory").ids("Observation?patient:mdm=mallory-alice") == []
    assert voice("mallory").ids(SEARCH) == []


def test_the_person_sees_all_that_is_confirmed_to_be_hers(north: Voice, alice: Voice) -> None:
    assert alice.ids(SEARCH) == ["Observation/north-o1"]
    assert alice.get("Patient/north-alice").status_code == 200


def test_the_person_gives_consent_herself(north: Voice, alice: Voice, bob: Voice) -> None:
    given = alice.post("Consent", build.consent("Patient/north-alice", actor=build.actor("Organization/renji")))
    assert given.status_code == 201, given.content
    assert bob.ids(SEARCH) == ["Observation/north-o1"]


def test_what_the_person_consented_to_no_hospital_rewrites(north: Voice, alice: Voice) -> None:
    given = alice.post("Consent", build.consent("Patient/north-alice", permit=False))
    path = given["Location"].partition("/fhir/")[2].partition("/_history")[0]
    rewritten = north.put(path, build.consent("Patient/north-alice", id=path.partition("/")[2]))
    assert rewritten.status_code == 404


def test_what_the_person_consented_to_is_in_no_hospitals_inbox(north: Voice, alice: Voice) -> None:
    choice = build.consent("Patient/north-alice", permit=False)
    assert alice.post("Consent", choice).status_code == 201
    assert alice.post("", build.transaction(choice)).status_code == 200
    assert not Message.objects.filter(hospital="north", sender="alice").exists()
    assert north.ids("Consent?patient=north-alice") == []


def test_the_person_cannot_consent_for_somebody_else(north: Voice, alice: Voice) -> None:
    north.put("Patient/north-x", build.patient("north-x"))
    assert alice.post("Consent", build.consent("Patient/north-x")).status_code == 403


def test_scopes_narrow_what_consent_allows(north: Voice, voice: Callable[..., Voice]) -> None:
    record(north)
    assert voice("bob", scopes="user/Patient.rs").get(SEARCH).status_code == 403
    assert voice("bob", scopes="user/Observation.r").get(SEARCH).status_code == 403


def test_an_auditor_reads_no_clinical_record(north: Voice, voice: Callable[..., Voice]) -> None:
    record(north)
    assert voice("carol").ids(SEARCH) == []
