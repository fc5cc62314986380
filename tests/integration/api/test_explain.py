"""Patient/$who-can-see and [type]/[id]/$explain: who sees what, and what says so."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.audit.models import Access
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
TABLE = "Patient/north-alice/$who-can-see"


@pytest.fixture
def north(feed: Voice) -> Voice:
    """Alice's record at North Bay: a Patient, an observation of 2024, an older one and a condition."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    old = build.observation("Patient/north-alice", "north-o2", effectiveDateTime="2010-01-01")
    feed.put("Observation/north-o2", old)
    condition = {"resourceType": "Condition", "id": "north-k", "subject": {"reference": "Patient/north-alice"},
                 "code": {"text": "Anaemia"}}  # fmt: skip
    feed.put("Condition/north-k", condition)
    return feed


def record(north: Voice, id: str, **choices: Any) -> None:
    stored = north.put(f"Consent/{id}", build.consent("Patient/north-alice", id=id, **choices))
    assert stored.status_code == 201, stored.content


def values(part: dict[str, Any]) -> dict[str, Any]:
    """name -> value of the parts, the reference's or code's text."""
    found = {}
    for each in part["part"]:
        value = next((value for name, value in each.items() if name.startswith("value")), None)
        found[each["name"]] = value.get("reference", value.get("code")) if isinstance(value, dict) else value
    return found


def readers(voice: Voice, path: str = TABLE) -> list[dict[str, Any]]:
    answer = voice.get(path)
    assert answer.status_code == 200, answer.content
    return [each for each in answer.json()["parameter"] if each["name"] == "reader"]


def reader(voice: Voice, path: str = TABLE, **wanted: str) -> dict[str, Any]:
    asked = {"role": "clinician", "purpose": "TREAT", "practitioner": None, **wanted}
    return next(
        each for each in readers(voice, path)
        if all(values(each).get(name) == value for name, value in asked.items())
    )  # fmt: skip


def decisions(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [values(each) for each in part["part"] if each["name"] == "decision"]


def test_alice_sees_that_without_consent_only_the_custodian_sees(north: Voice, alice: Voice) -> None:
    own = reader(alice, hospital="Organization/north")
    other = reader(alice, hospital="Organization/renji")
    assert (values(own)["visible"], values(own)["hidden"]) == (4, 0)
    assert (values(other)["visible"], values(other)["hidden"]) == (0, 4)
    assert decisions(own)[0]["reason"] == "No consent rules on this record; its custodian sees what it pushed."


def test_the_provision_that_decides_is_named(north: Voice, alice: Voice) -> None:
    record(north, "north-c", actor=build.actor("Organization/renji"),
           **{"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}]})  # fmt: skip
    part = reader(alice, hospital="Organization/renji")
    shown = next(each for each in decisions(part) if each["visible"])
    assert shown["consent"] == "Consent/north-c/_history/1"
    assert shown["provision"] == "Consent.provision"
    assert values(part)["visible"] == 2


def test_a_practitioner_that_a_consent_names_has_a_line(north: Voice, alice: Voice) -> None:
    record(north, "north-c", actor=build.actor("Practitioner/bob"))
    bob = reader(alice, hospital="Organization/renji", practitioner="Practitioner/bob")
    assert values(bob)["visible"] == 5  # the Consent too
    assert values(reader(alice, hospital="Organization/renji"))["visible"] == 0


def test_of_one_record_the_decision_is_explained(north: Voice, alice: Voice) -> None:
    record(north, "north-c", actor=build.actor("Organization/renji"))
    answer = alice.get("Observation/north-o1/$explain").json()
    assert answer["parameter"][0]["valueReference"]["reference"] == "Observation/north-o1/_history/1"
    part = reader(alice, "Observation/north-o1/$explain", hospital="Organization/renji")
    assert decisions(part)[0]["reason"] == "Consent/north-c version 1 permits this at provision."


def test_it_is_answered_to_post_too(north: Voice, alice: Voice) -> None:
    asked = {"resourceType": "Parameters"}
    assert alice.post(TABLE, asked).json() == alice.get(TABLE).json()
    assert alice.post("Observation/north-o1/$explain", asked).status_code == 200


def test_the_person_may_name_no_patient(north: Voice, alice: Voice, bob: Voice) -> None:
    assert alice.get("Patient/$who-can-see").json() == alice.get(TABLE).json()
    assert bob.get("Patient/$who-can-see").status_code == 403


@pytest.mark.parametrize("name", ["mallory", "bob", "carol", "mallory-feed", "north-feed"])
def test_for_everyone_else_there_is_no_such_record(north: Voice, voice: Callable[..., Voice], name: str) -> None:
    record(north, "north-c", actor=build.actor("Organization/renji"))
    stranger = voice(name)
    for path, unknown in ((TABLE, "Patient/north-x/$who-can-see"),
                          ("Observation/north-o1/$explain", "Observation/north-x/$explain")):  # fmt: skip
        hidden, missing = stranger.get(path), stranger.get(unknown)
        assert hidden.status_code == missing.status_code == 404
        one, other = path.split("/$")[0].encode(), unknown.split("/$")[0].encode()
        assert hidden.content == missing.content.replace(other, one)


def test_the_custodians_engineer_is_told_of_its_own_hospitals_records(
    north: Voice, voice: Callable[..., Voice]
) -> None:
    assert values(reader(voice("dana"), hospital="Organization/north"))["visible"] == 4
    assert voice("dana").get("Condition/north-k/$explain").status_code == 200


def test_an_engineer_is_not_told_which_consent_of_her_own_decides(
    north: Voice, alice: Voice, voice: Callable[..., Voice]
) -> None:
    alice.post("Consent", build.consent("Patient/north-alice", actor=build.actor("Organization/renji")))
    told = decisions(reader(voice("dana"), hospital="Organization/renji"))
    assert [each["reason"] for each in told] == ["A consent that you may not read permits this."]
    assert all("consent" not in each for each in told)


def test_each_question_leaves_an_access_record(north: Voice, alice: Voice, voice: Callable[..., Voice]) -> None:
    alice.get(TABLE)
    alice.get("Observation/north-o1/$explain")
    voice("mallory").get(TABLE)
    found = Access.objects.filter(patient="north-alice", action__in=["who-can-see", "explain"]).order_by("id")
    assert [(each.username, each.action, each.allowed) for each in found] == [
        ("alice", "who-can-see", True), ("alice", "explain", True), ("mallory", "who-can-see", False),
    ]  # fmt: skip


def test_what_the_tokens_scopes_do_not_open_is_not_counted(north: Voice, voice: Callable[..., Voice]) -> None:
    narrow = voice("alice", scopes="patient/Patient.rs patient/Consent.rs")
    assert values(reader(narrow, hospital="Organization/north"))["visible"] == 1
    assert voice("alice", scopes="patient/Patient.rs").get(TABLE).status_code == 403


def test_past_the_limit_it_says_that_this_is_not_all(north: Voice, alice: Voice, settings: Any) -> None:
    settings.EXPLAIN_ROWS_LIMIT = 2
    answer = alice.get(TABLE).json()["parameter"]
    assert {"name": "records", "valueInteger": 2} in answer
    assert any(each["name"] == "incomplete" for each in answer)


def test_a_parameter_that_it_does_not_have_is_refused(north: Voice, alice: Voice) -> None:
    assert alice.get(f"{TABLE}?purpose=TREAT").status_code == 400


def test_a_deleted_record_is_gone(north: Voice, alice: Voice) -> None:
    north.delete("Condition/north-k")
    assert alice.get("Condition/north-k/$explain").status_code == 410
