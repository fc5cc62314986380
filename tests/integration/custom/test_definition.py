"""A stored SearchParameter becomes searchable: who may, what is refused, and when it is known."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from medbridge.actions.load_accounts import load_accounts
from medbridge.records import custom
from tests import build
from tests.integration.conftest import Voice
from tests.integration.custom.conftest import COLOUR, colour, define, parameter, reindexed

pytestmark = pytest.mark.django_db


def hire(username: str, role: str, hospital: str = "") -> None:
    people = [{"username": username, "role": role, "hospital": hospital}]
    load_accounts(at=timezone.now(), content=build.raw({"people": people}))


@pytest.fixture
def stocked(feed: Voice, dana: Voice) -> Voice:
    define(dana, "wristband", "token", f"Patient.extension('{COLOUR}').value", "Patient")
    reindexed()
    feed.put("Patient/north-alice", build.patient("north-alice", **colour("red")))
    feed.put("Patient/north-li", build.patient("north-li"))
    return feed


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("Patient?wristband=red", ["Patient/north-alice"]),
        ("Patient?wristband=blue", []),
        ("Patient?wristband:not=red", ["Patient/north-li"]),
        ("Patient?wristband:missing=true", ["Patient/north-li"]),
        ("Patient?wristband:missing=false", ["Patient/north-alice"]),
        ("Patient?_filter=wristband eq red", ["Patient/north-alice"]),
        ("Patient?_sort=-wristband", ["Patient/north-alice", "Patient/north-li"]),
    ],
)
def test_a_token_is_searched_by(stocked: Voice, search: str, found: list[str]) -> None:
    assert stocked.ids(search) == found


def test_without_a_definition_the_parameter_is_not_understood(feed: Voice) -> None:
    assert feed.get("Patient?wristband=red", Prefer="handling=strict").status_code == 400


def test_what_a_feed_stores_is_not_used(feed: Voice) -> None:
    define(feed, "wristband", "token", "Patient.maritalStatus", "Patient")
    assert feed.get("SearchParameter/north-wristband").status_code == 200
    assert feed.get("Patient?wristband=red", Prefer="handling=strict").status_code == 400


def test_a_feed_may_not_change_what_is_in_use(stocked: Voice) -> None:
    resource = stocked.get("SearchParameter/north-wristband").json()
    answer = stocked.put("SearchParameter/north-wristband", {**resource, "expression": "Patient.gender"})
    assert (answer.status_code, stocked.delete("SearchParameter/north-wristband").status_code) == (403, 403)
    assert "role engineer or operator" in answer.json()["issue"][0]["diagnostics"]


def test_a_retired_or_deleted_parameter_is_out_of_use_at_once(stocked: Voice, dana: Voice) -> None:
    define(dana, "wristband", "token", f"Patient.extension('{COLOUR}').value", "Patient", status="retired")
    assert dana.get("Patient?wristband=red", Prefer="handling=strict").status_code == 400
    define(dana, "wristband", "token", f"Patient.extension('{COLOUR}').value", "Patient")
    assert dana.delete("SearchParameter/north-wristband").status_code == 204
    custom.forget()
    assert dana.get("Patient?wristband=red", Prefer="handling=strict").status_code == 400


@pytest.mark.parametrize(
    ("changed", "where", "said"),
    [
        ({"code": "gender"}, "code", "R4 defines “gender” of Patient"),
        ({"code": "_wristband"}, "code", "must be a letter"),
        ({"type": "composite"}, "type", "both parameters"),
        ({"type": "special"}, "type", "no expression tells"),
        ({"base": ["AuditEvent"], "expression": "AuditEvent.outcomeDesc"}, "base", "is not stored as a record"),
        ({"base": ["Resource"]}, "base", "name the resource types"),
        ({"expression": "Patient.wristband"}, "expression", "Patient has no element “wristband”"),
        ({"expression": "Patient.gender", "type": "date"}, "expression", "a date parameter reads date"),
        ({"expression": "Patient.name.where("}, "expression", "is not FHIRPath"),
        ({"expression": "Patient.descendants()"}, "expression", "descendants() is not allowed"),
        ({"expression": "Patient.name.family.matches('(a+)+$')"}, "expression", "matches() is not allowed"),
        ({"expression": "Patient.name.select(family & family)"}, "expression", "“&” is not allowed"),
        ({"expression": "Patient.name.first()." + "x" * 2000}, "expression", "2000 are allowed"),
        ({"expression": "Observation.code"}, "expression", "reads nothing of Patient"),
    ],
)
def test_a_definition_that_cannot_be_used_says_why(dana: Voice, changed: dict[str, Any], where: str, said: str) -> None:
    resource = parameter("wristband", "token", "Patient.maritalStatus", "Patient") | changed
    answer = dana.post("SearchParameter", resource)
    issue = answer.json()["issue"][0]
    assert (answer.status_code, issue["expression"]) == (422, [f"SearchParameter.{where}"])
    assert said in issue["diagnostics"]


def test_two_hospitals_cannot_define_one_code_of_a_type(stocked: Voice, voice: Callable[..., Voice]) -> None:
    hire("erin", "engineer", "mallory")
    other = parameter(
        "wristband", "token", "Patient.gender | Person.gender", "Person", "Patient", url="http://other.org/sp"
    )
    answer = voice("erin").post("SearchParameter", other)
    assert answer.status_code == 409
    assert "“wristband” of Patient is already defined by" in answer.json()["issue"][0]["diagnostics"]


def test_the_capability_statement_names_it(stocked: Voice) -> None:
    patient = next(r for r in stocked.get("metadata").json()["rest"][0]["resource"] if r["type"] == "Patient")
    named = next(each for each in patient["searchParam"] if each["name"] == "wristband")
    assert named["definition"] == "http://example.org/SearchParameter/wristband"
    operation = stocked.get("openapi.json").json()["paths"]["/Patient"]["get"]
    assert "wristband" in [each.get("name") for each in operation["parameters"]]


def test_an_operator_may_define(voice: Callable[..., Voice], cast: None) -> None:
    hire("otto", "operator")
    answer = voice("otto", purpose="HSYSADMIN").post(
        "SearchParameter", parameter("wristband", "token", "Patient.maritalStatus", "Patient")
    )
    assert answer.status_code == 201, answer.content
    custom.forget()
    assert voice("dana").get("Patient?wristband=M", Prefer="handling=strict").status_code == 200


def test_another_hospital_does_not_change_it(stocked: Voice, voice: Callable[..., Voice]) -> None:
    hire("erin", "engineer", "mallory")
    erin = voice("erin")
    resource = erin.get("SearchParameter/north-wristband").json()
    answers = (
        erin.put(path := "SearchParameter/north-wristband", {**resource, "status": "retired"}),
        erin.delete(path),
    )
    assert [answer.status_code for answer in answers] == [422, 404]  # ids that begin so are North Bay's
    assert erin.get("Patient?wristband=red", Prefer="handling=strict").status_code == 200


def test_an_activation_that_is_rolled_back_is_not_known(dana: Voice, feed: Voice) -> None:
    with transaction.atomic():
        define(dana, "wristband", "token", "Patient.maritalStatus", "Patient")
        feed.put("Patient/north-alice", build.patient("north-alice"))
        assert custom.current(timezone.now()).of("Patient")
        transaction.set_rollback(True)
    custom.forget()
    assert feed.get("Patient?wristband=red", Prefer="handling=strict").status_code == 400


def test_in_one_bundle_with_records_it_finds_them(dana: Voice) -> None:
    married = {"maritalStatus": {"coding": [{"code": "M"}]}}
    wristband = parameter("wristband", "token", "Patient.maritalStatus", "Patient")
    bundle = build.transaction(wristband, build.patient("north-alice", **married))
    assert dana.post("", bundle).status_code == 200
    custom.forget()
    reindexed()
    assert dana.ids("Patient?wristband=M") == ["Patient/north-alice"]
