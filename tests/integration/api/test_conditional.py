"""Conditional create, update, delete and read (FHIR R4 http.html#ccreate, #cond-update, #cdelete, #cread)."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.records.models import Current
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

CRITERIA = f"identifier={build.RESIDENT_ID}|11010519491231002X"
PATIENT = f"Patient?{CRITERIA}"


def patients() -> int:
    return Current.objects.filter(type="Patient", deleted=False).count()


def test_an_update_that_finds_none_creates(feed: Voice) -> None:
    answer = feed.put(PATIENT, build.patient())
    assert answer.status_code == 201
    assert answer["Location"].endswith("/_history/1")


def test_an_update_that_finds_one_updates_it(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    for body in (build.patient(active=True), build.patient("north-1", active=False)):
        assert feed.put(PATIENT, body).status_code == 200
    assert feed.get("Patient/north-1/_history").json()["total"] == 3


def test_an_update_that_finds_several_is_412(feed: Voice) -> None:
    for id in ("north-1", "north-2"):
        feed.put(f"Patient/{id}", build.patient(id))
    assert feed.put(PATIENT, build.patient()).status_code == 412


def test_an_update_that_finds_none_keeps_the_id_that_the_client_chose(feed: Voice) -> None:
    answer = feed.put(PATIENT, build.patient("north-7"))
    assert (answer.status_code, answer.json()["id"]) == (201, "north-7")
    assert feed.put("Patient?identifier=other", build.patient("renji-7")).status_code == 422


def test_an_update_whose_body_names_another_record_is_refused(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    assert feed.put(PATIENT, build.patient("north-2")).status_code == 400
    assert feed.put("Patient?identifier=other", build.patient("north-1")).status_code == 409


def test_if_match_holds_for_a_conditional_update(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    assert feed.put(PATIENT, build.patient(), If_Match='W/"2"').status_code == 412
    assert feed.put(PATIENT, build.patient(), If_Match='W/"1"').status_code == 200


def test_if_none_match_star_creates_only(feed: Voice) -> None:
    put = [feed.put("Patient/north-1", build.patient("north-1"), If_None_Match="*").status_code for _ in range(2)]
    assert put == [201, 412]
    assert feed.put("Patient/north-1", build.patient("north-1"), If_None_Match='W/"1"').status_code == 400


def test_a_delete_that_finds_one_deletes_it(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    assert feed.delete(PATIENT).status_code == 204
    assert feed.get("Patient/north-1").status_code == 410


def test_a_delete_that_finds_none_is_done(feed: Voice) -> None:
    assert feed.delete(PATIENT).status_code == 204


def test_a_delete_that_finds_several_deletes_none(feed: Voice) -> None:
    for id in ("north-1", "north-2"):
        feed.put(f"Patient/{id}", build.patient(id))
    assert feed.delete(PATIENT).status_code == 412
    assert patients() == 2


@pytest.mark.parametrize(
    "criteria",
    ["", "?", "?identifier=", "?_count=1", "?_format=json", "?spam=1", "?_sort=name", "?identifier=1&_count=1"],
)
def test_a_condition_that_would_find_anything_is_refused(feed: Voice, criteria: str) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    for answer in (feed.delete(f"Patient{criteria}"), feed.put(f"Patient{criteria}", build.patient())):
        assert answer.status_code == 400
    assert patients() == 1


@pytest.mark.parametrize("method", ["put", "delete"])
def test_what_others_have_is_not_found(voice: Callable[..., Voice], feed: Voice, method: str) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    other = voice("mallory-feed")
    answer = other.put(PATIENT, build.patient()) if method == "put" else other.delete(PATIENT)
    assert answer.status_code == {"put": 201, "delete": 204}[method]
    assert feed.get("Patient/north-1").json()["meta"]["versionId"] == "1"


def test_a_token_that_may_not_search_matches_nothing(voice: Callable[..., Voice]) -> None:
    blind = voice("north-feed", scopes="user/*.crud")
    asked: list[Any] = [
        blind.put(PATIENT, build.patient()),
        blind.delete(PATIENT),
        blind.post("Patient", build.patient(), If_None_Exist=CRITERIA),
    ]
    assert [answer.status_code for answer in asked] == [403, 403, 403]


def test_conditions_in_a_transaction(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    feed.put("Patient/north-2", build.patient("north-2", identifier=[{"value": "two"}]))
    urn = "urn:uuid:00000000-0000-4000-8000-000000000001"
    entries = [
        {"fullUrl": urn, "resource": build.patient(active=True), "request": {"method": "PUT", "url": PATIENT}},
        {"resource": build.observation(urn), "request": {"method": "POST", "url": "Observation"}},
        {"request": {"method": "DELETE", "url": "Patient?identifier=two"}},
        {"request": {"method": "DELETE", "url": "Patient?identifier=three"}},
    ]
    answer = feed.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status_code == 200, answer.content
    assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["200", "201", "204", "204"]
    observation = answer.json()["entry"][1]["response"]["location"].partition("/_history")[0]
    assert feed.get(observation).json()["subject"]["reference"] == "Patient/north-1"
    assert feed.get("Patient/north-2").status_code == 410


def test_two_entries_that_mean_one_record_are_refused(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    entries = [
        {"resource": build.patient(), "request": {"method": "PUT", "url": PATIENT}},
        {"resource": build.patient("north-1"), "request": {"method": "PUT", "url": "Patient/north-1"}},
    ]
    answer = feed.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status_code == 400
    assert "Bundle.entry[0]" in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("condition", "status"),
    [({"ifNoneMatch": 'W/"1"'}, "304"), ({"ifNoneMatch": 'W/"2"'}, "200"), ({"ifModifiedSince": "2099-01-01"}, "304"),
     ({"ifModifiedSince": "2020-01-01T00:00:00Z"}, "200"), ({"ifModifiedSince": "spam"}, "400")],
)  # fmt: skip
def test_a_read_in_a_batch_is_answered_only_if_it_is_news(feed: Voice, condition: dict[str, str], status: str) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    entry = {"request": {"method": "GET", "url": "Patient/north-1", **condition}}
    answer = feed.post("", {"resourceType": "Bundle", "type": "batch", "entry": [entry]}).json()["entry"][0]
    assert answer["response"]["status"].startswith(status)
    assert ("resource" in answer) == (status == "200")


@pytest.mark.parametrize(
    "url", ["Patient/north-1/_history/1", "Patient/north-1/_history", "Patient/_history", "_history"]
)
def test_versions_and_histories_are_read_inside_bundles(feed: Voice, url: str) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    entries = [{"request": {"method": "GET", "url": url}}]
    answer = feed.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries}).json()
    assert answer["entry"][0]["resource"]["resourceType"] == ("Bundle" if url.endswith("_history") else "Patient")


@pytest.mark.parametrize(
    ("preference", "kind"),
    [("return=minimal", None), ("return=representation", "Patient"), ("return=OperationOutcome", "OperationOutcome"),
     ("respond-async, return=minimal", None), ('Return="minimal"; x=y', None)],
)  # fmt: skip
def test_a_writer_is_told_what_it_prefers(feed: Voice, preference: str, kind: str | None) -> None:
    told = [
        feed.post("Patient", build.patient(), Prefer=preference),
        feed.put("Patient/north-1", build.patient("north-1"), Prefer=preference),
        feed.patch("Patient/north-1", [], Prefer=preference),
    ]
    assert [answer.json()["resourceType"] if answer.content else None for answer in told] == [kind] * 3
    assert all(answer["ETag"] and answer["Location"] for answer in told)
    entry = feed.post("", build.transaction(build.patient()), Prefer=preference).json()["entry"][0]
    assert ("resource" in entry) == (kind == "Patient")
    assert ("outcome" in entry["response"]) == (kind == "OperationOutcome")
