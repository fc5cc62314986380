"""$validate over HTTP without profiles (FHIR R4 resource-operation-validate)."""

from typing import Any

import pytest

from medbridge.audit.models import Access
from medbridge.inbox.models import Message
from medbridge.records.models import Version
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


def issues(response: Any) -> list[tuple[str, str, str]]:
    """(severity, code, expression) of each issue."""
    assert response.status_code == 200, response.content
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [(i["severity"], i["code"], "".join(i.get("expression", []))) for i in outcome["issue"]]


ALL_OK = [("information", "informational", "")]
WRONG = [("error", "code-invalid", "Patient.gender")]


def parameters(**parts: Any) -> dict[str, Any]:
    listed = [{"name": name, "resource" if name == "resource" else "valueCode": part} for name, part in parts.items()]
    return {"resourceType": "Parameters", "parameter": listed}


def test_a_valid_resource_is_all_ok(feed: Voice) -> None:
    assert issues(feed.post("Patient/$validate", build.patient())) == ALL_OK


def test_an_invalid_resource_is_a_result_not_an_http_error(feed: Voice) -> None:
    assert issues(feed.post("Patient/$validate", build.patient(gender="femal"))) == WRONG


def test_the_resource_may_come_inside_parameters(feed: Voice) -> None:
    assert issues(feed.post("Patient/$validate", parameters(resource=build.patient(gender="femal")))) == WRONG


def test_a_resource_of_another_type_is_told_where_to_go(feed: Voice) -> None:
    assert issues(feed.post("Observation/$validate", build.patient())) == [("error", "invalid", "resourceType")]


@pytest.mark.parametrize("body", [b"{", b'{"a":1,"a":2}', b"[]", b'{"resourceType":"Patient","x":NaN}'])
def test_what_cannot_be_read_is_a_result_too(feed: Voice, body: bytes) -> None:
    assert issues(feed.post("Patient/$validate", body))[0][0] == "error"


def test_validating_writes_nothing_and_leaves_no_access_record(feed: Voice) -> None:
    before = [model.objects.count() for model in (Version, Message, Access)]
    feed.post("Patient/$validate", build.patient())
    feed.post("Patient/$validate", build.patient(gender="femal"))
    assert [model.objects.count() for model in (Version, Message, Access)] == before


def test_a_stored_record_is_validated_and_its_reading_recorded(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    before = Access.objects.count()
    assert issues(feed.get("Patient/north-alice/$validate")) == ALL_OK
    assert Access.objects.count() == before + 1


def test_a_record_one_may_not_see_answers_like_one_that_does_not_exist(feed: Voice, voice: Any) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    mallory = voice("mallory")
    hidden, absent = mallory.get("Patient/north-alice/$validate"), mallory.get("Patient/north-nobody/$validate")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.content.replace(b"north-alice", b"x") == absent.content.replace(b"north-nobody", b"x")


@pytest.mark.parametrize("mode", ["update", "delete", "profile"])
def test_a_hidden_record_answers_404_whatever_is_sent_for_it(feed: Voice, voice: Any, mode: str) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    answer = voice("mallory").post(f"Patient/north-alice/$validate?mode={mode}", build.patient("north-alice"))
    assert answer.status_code == 404


def test_mode_update_wants_the_id_of_the_url(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    answer = feed.post("Patient/north-alice/$validate?mode=update", build.patient("north-bob"))
    assert issues(answer) == [("error", "invalid", "Patient.id")]


def test_mode_delete_ignores_the_content(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    assert issues(feed.post("Patient/north-alice/$validate", parameters(mode="delete"))) == ALL_OK
    assert feed.get("Patient/north-alice").status_code == 200


def test_mode_create_says_who_may_not(voice: Any) -> None:
    carol = voice("carol")
    assert issues(carol.post("Patient/$validate?mode=create", build.patient())) == [("error", "forbidden", "")]


def test_mode_create_heeds_the_scopes(voice: Any) -> None:
    reader = voice("north-feed", scopes="user/*.rs")
    assert issues(reader.post("Patient/$validate?mode=create", build.patient())) == [("error", "forbidden", "")]


@pytest.mark.parametrize(
    "path", ["Patient/$validate?mode=guess", "Patient/$validate?mode=update", "Patient/$validate?mode=delete"]
)
def test_a_mode_that_cannot_be_is_a_bad_request(feed: Voice, path: str) -> None:
    assert feed.post(path, build.patient()).status_code == 400


def test_nothing_to_validate_says_what_to_send(feed: Voice) -> None:
    answer = feed.get("Patient/$validate")
    assert (answer.status_code, "Parameters" in answer.content.decode()) == (400, True)
