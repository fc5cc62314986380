"""PATCH over HTTP (FHIR R4 http.html#patch): both forms, conditions, bundles, what cannot be patched."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from medbridge.inbox.models import Message
from medbridge.inbox.store import body_of
from medbridge.records.models import Version
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

JSON_PATCH = "application/json-patch+json"
ALICE = "Patient/north-alice"
CRITERIA = f"Patient?identifier={build.RESIDENT_ID}|11010519491231002X"


def operation(type: str, path: str, **parts: Any) -> dict[str, Any]:
    named = [{"name": "type", "valueCode": type}, {"name": "path", "valueString": path}]
    parameter = {"name": "operation", "part": [*named, *({"name": name, **value} for name, value in parts.items())]}
    return {"resourceType": "Parameters", "parameter": [parameter]}


ACTIVE = [{"op": "add", "path": "/active", "value": True}]
MALE = operation("replace", "Patient.gender", value={"valueCode": "male"})


@pytest.fixture(autouse=True)
def alice_at_north(feed: Voice) -> None:
    feed.put(ALICE, build.patient("north-alice"))


def test_a_json_patch_makes_the_next_version(feed: Voice) -> None:
    answer = feed.patch(ALICE, ACTIVE, Content_Type=JSON_PATCH)
    assert (answer.status_code, answer["ETag"], answer.json()["active"]) == (200, 'W/"2"', True)
    entry = feed.get(f"{ALICE}/_history").json()["entry"][0]
    assert (entry["request"]["method"], entry["response"]["status"]) == ("PATCH", "200 OK")


def test_a_fhirpath_patch_makes_the_next_version(feed: Voice) -> None:
    assert feed.patch(ALICE, MALE).json()["gender"] == "male"


def test_a_patch_keeps_the_digits_of_what_it_does_not_touch(feed: Voice) -> None:
    body = build.raw(build.observation(ALICE, "north-o1")).replace(b"13.5", b"13.50")
    feed.put("Observation/north-o1", body)
    feed.patch("Observation/north-o1", [{"op": "replace", "path": "/status", "value": "amended"}])
    assert b'"value":13.50,' in feed.get("Observation/north-o1").content


def test_what_a_patch_makes_is_judged_like_what_is_sent_whole(feed: Voice) -> None:
    answer = feed.patch(ALICE, [{"op": "replace", "path": "/gender", "value": "femal"}])
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Patient.gender"]
    assert feed.get(ALICE).json()["gender"] == "female"


@pytest.mark.parametrize("path", ["/id", "/resourceType", "/meta/versionId", "/meta/lastUpdated"])
def test_what_makes_the_record_this_record_is_not_patched(feed: Voice, path: str) -> None:
    answer = feed.patch(ALICE, [{"op": "replace", "path": path, "value": "Group"}])
    assert answer.status_code == 422


def test_a_test_that_fails_patches_nothing(feed: Voice) -> None:
    answer = feed.patch(ALICE, [{"op": "test", "path": "/gender", "value": "male"}, *ACTIVE])
    assert answer.status_code == 422
    assert Version.objects.filter(id="north-alice").count() == 1


def test_if_match_holds_for_a_patch(feed: Voice) -> None:
    assert feed.patch(ALICE, ACTIVE, If_Match='W/"7"').status_code == 412
    assert feed.patch(ALICE, ACTIVE, If_Match='W/"1"').status_code == 200


def test_a_condition_names_the_record_to_patch(feed: Voice) -> None:
    assert feed.patch(CRITERIA, ACTIVE).json()["id"] == "north-alice"
    assert feed.patch("Patient?identifier=nobody", ACTIVE).status_code == 404
    feed.put("Patient/north-2", build.patient("north-2"))
    assert feed.patch(CRITERIA, ACTIVE).status_code == 412


def test_what_is_not_there_or_deleted_is_not_patched(feed: Voice) -> None:
    assert feed.patch("Patient/north-none", ACTIVE).status_code == 404
    feed.delete(ALICE)
    assert feed.patch(ALICE, ACTIVE).status_code == 410


def test_another_hospitals_record_answers_as_if_it_did_not_exist(voice: Callable[..., Voice]) -> None:
    other = voice("renji-feed")
    hidden, unknown = (other.patch(f"Patient/{id}", ACTIVE) for id in ("north-alice", "north-other"))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content.replace(b"north-other", b"north-alice")
    assert other.patch(CRITERIA, ACTIVE).status_code == 404


def test_a_patch_may_not_point_to_what_is_not_the_hospitals(feed: Voice, voice: Callable[..., Voice]) -> None:
    voice("renji-feed").put("Patient/renji-1", build.patient("renji-1"))
    feed.put("Observation/north-o1", build.observation(ALICE, "north-o1"))
    moved = [{"op": "replace", "path": "/subject/reference", "value": "Patient/renji-1"}]
    assert feed.patch("Observation/north-o1", moved).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[1]", 400), (b"[[", 400), (b"[" * 300 + b"]" * 300, 400), (b" ", 400), (b'"x"', 400),
     (b'{"resourceType":"Patient"}', 400), (b'{"resourceType":"Parameters","x":1}', 422), (b"\xff", 400),
     (b'[{"op":"add","op":"remove","path":"/active"}]', 400), (b'[{"op":"add","path":"/x","value":NaN}]', 400)],
)  # fmt: skip
def test_what_is_no_patch_is_refused_in_words(feed: Voice, body: bytes, status: int) -> None:
    answer = feed.patch(ALICE, body)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_another_type_of_body_is_415(feed: Voice) -> None:
    assert feed.patch(ALICE, b"<diff/>", Content_Type="application/xml-patch+xml").status_code == 415


def test_the_bytes_of_a_patch_are_kept_and_a_refused_one_is_replayed(feed: Voice, voice: Callable[..., Voice]) -> None:
    sent = json.dumps(ACTIVE).encode()
    feed.patch(ALICE, sent)
    kept = Message.objects.get(request="PATCH Patient/north-alice")
    assert (body_of(kept), kept.state) == (sent, "DONE")
    feed.patch(ALICE, [{"op": "test", "path": "/gender", "value": "male"}], If_Match='W/"2"')
    letter = Message.objects.get(request="PATCH Patient/north-alice 2", state="DEAD")
    assert "another one" in letter.reason


@pytest.mark.parametrize("type", ["transaction", "batch"])
def test_patches_in_bundles(feed: Voice, type: str) -> None:
    data = base64.b64encode(json.dumps(ACTIVE).encode()).decode()
    binary = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": data}
    feed.put("Patient/north-2", build.patient("north-2", identifier=[]) | {"identifier": [{"value": "two"}]})
    entries = [
        {"resource": binary, "request": {"method": "PATCH", "url": CRITERIA}},
        {"resource": MALE, "request": {"method": "PATCH", "url": "Patient/north-2", "ifMatch": 'W/"1"'}},
    ]
    answer = feed.post("", {"resourceType": "Bundle", "type": type, "entry": entries}, Prefer="return=representation")
    resources = [entry["resource"] for entry in answer.json()["entry"]]
    assert (resources[0]["active"], resources[1]["gender"]) == (True, "male")


def test_a_patch_in_a_transaction_refers_to_its_neighbours(feed: Voice) -> None:
    feed.put("Observation/north-o1", build.observation(ALICE, "north-o1"))
    urn = "urn:uuid:00000000-0000-4000-8000-000000000000"
    change = operation(
        "add", "Observation", name={"valueString": "performer"}, value={"valueReference": {"reference": urn}}
    )
    entries = [
        {"fullUrl": urn, "resource": {"resourceType": "Organization", "name": "Lab"},
         "request": {"method": "POST", "url": "Organization"}},
        {"resource": change, "request": {"method": "PATCH", "url": "Observation/north-o1"}},
    ]  # fmt: skip
    answer = feed.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status_code == 200, answer.content
    performer = feed.get("Observation/north-o1").json()["performer"][0]["reference"]
    assert performer.startswith("Organization/")


def test_a_wrong_patch_in_a_transaction_stores_nothing_and_is_named(feed: Voice) -> None:
    entries = [
        {"resource": build.patient("north-2"), "request": {"method": "PUT", "url": "Patient/north-2"}},
        {"resource": operation("spam", "Patient"), "request": {"method": "PATCH", "url": ALICE}},
    ]
    answer = feed.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.parameter[0]"]
    assert feed.get("Patient/north-2").status_code == 404
