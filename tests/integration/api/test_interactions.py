"""Create, read, vread, update, delete and history over HTTP (FHIR R4 http.html)."""

from hashlib import sha256

import pytest

from medbridge.evidence.models import Commitment, name_of
from medbridge.records.models import Version
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


def test_a_created_resource_is_read_back(feed: Voice) -> None:
    created = feed.post("Patient", build.patient())
    assert created.status_code == 201, created.content
    path = created["Location"].partition("/fhir/")[2].partition("/_history")[0]
    assert feed.get(path).json()["name"][0]["family"] == "Zhang"


def test_a_read_returns_the_committed_bytes(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    answer = feed.get("Patient/north-alice").content
    committed = Commitment.objects.get(name=name_of("Patient/north-alice/_history/1"))
    assert answer == bytes(Version.objects.get(id="north-alice").body or b"")
    assert sha256(answer).digest() == bytes(committed.digest)


def test_decimals_keep_their_digits(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    body = build.raw(build.observation("Patient/north-alice", "north-o1")).replace(b"13.5", b"13.50")
    feed.put("Observation/north-o1", body)
    assert b'"value":13.50,' in feed.get("Observation/north-o1").content


def test_an_update_is_a_new_version_and_the_old_one_stays(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    second = feed.put("Patient/north-alice", build.patient("north-alice", active=True))
    assert (second.status_code, second["ETag"]) == (200, 'W/"2"')
    assert "active" not in feed.get("Patient/north-alice/_history/1").json()


def test_if_match_refuses_a_stale_update(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Patient/north-alice", build.patient("north-alice", active=True))
    stale = feed.put("Patient/north-alice", build.patient("north-alice"), If_Match='W/"1"')
    assert stale.status_code == 412


def test_a_deleted_resource_is_gone_and_its_history_tells(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    assert feed.delete("Patient/north-alice").status_code == 204
    assert feed.get("Patient/north-alice").status_code == 410
    entries = feed.get("Patient/north-alice/_history").json()["entry"]
    assert [entry["request"]["method"] for entry in entries] == ["DELETE", "PUT"]


def test_a_deleted_resource_can_come_back(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.delete("Patient/north-alice")
    assert feed.put("Patient/north-alice", build.patient("north-alice")).status_code == 201
    assert feed.get("Patient/north-alice").status_code == 200


def test_an_unknown_id_is_404_with_an_outcome(feed: Voice) -> None:
    answer = feed.get("Patient/nobody")
    assert answer.status_code == 404
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_no_token_is_401(client: object, cast: None) -> None:
    answer = client.get("/fhir/Patient/x")  # type: ignore[attr-defined]
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_id_of_another_hospitals_namespace_is_refused(feed: Voice) -> None:
    answer = feed.put("Patient/renji-1", build.patient("renji-1"))
    assert answer.status_code == 422
    assert "north-" in answer.json()["issue"][0]["diagnostics"]


def test_a_reference_to_another_hospitals_patient_answers_as_if_it_did_not_exist(feed: Voice, voice: object) -> None:
    voice("renji-feed").put("Patient/renji-1", build.patient("renji-1"))  # type: ignore[operator]
    theirs = feed.post("Observation", build.observation("Patient/renji-1"))
    nobodys = feed.post("Observation", build.observation("Patient/renji-2"))
    assert theirs.status_code == nobodys.status_code == 422
    assert theirs.content == nobodys.content.replace(b"renji-2", b"renji-1")


def test_a_resource_cannot_be_moved_to_another_patient(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    feed.put("Patient/north-2", build.patient("north-2"))
    feed.put("Observation/north-o", build.observation("Patient/north-1", "north-o"))
    moved = feed.put("Observation/north-o", build.observation("Patient/north-2", "north-o"))
    assert moved.status_code == 422


@pytest.mark.parametrize(
    ("defect", "expression"),
    [
        ({"gender": "femal"}, "Patient.gender"),
        ({"birthDate": "1949-02-30"}, "Patient.birthDate"),
        ({"name": {"family": "Zhang"}}, "Patient.name"),
        ({"surname": "Zhang"}, "Patient.surname"),
        ({"active": "true"}, "Patient.active"),
        ({"generalPractitioner": [{"reference": "Patient/x"}]}, "Patient.generalPractitioner[0]"),
    ],
)
def test_a_wrong_resource_names_the_element(feed: Voice, defect: dict[str, object], expression: str) -> None:
    answer = feed.post("Patient", build.patient(**defect))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"][0].startswith(expression)


def test_duplicate_keys_are_refused(feed: Voice) -> None:
    answer = feed.post("Patient", b'{"resourceType":"Patient","active":true,"active":false}')
    assert answer.status_code == 400
    assert "active" in answer.json()["issue"][0]["diagnostics"]
