"""Hidden and unknown are one answer, at every door: status, body and headers, the ids aside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

HIDDEN, UNKNOWN = "north-o1", "north-o9"
UUID_HIDDEN, UUID_UNKNOWN = "6b1e4a5c-0000-4000-8000-000000000001", "6b1e4a5c-0000-4000-8000-000000000002"


@pytest.fixture(autouse=True)
def north(feed: Voice) -> Voice:
    """Alice's record at North Bay: nobody elsewhere may see it, not even that it is there."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    for id in (HIDDEN, UUID_HIDDEN):
        feed.put(f"Observation/{id}", build.observation("Patient/north-alice", id))
        feed.put(f"Observation/{id}", build.observation("Patient/north-alice", id, status="amended"))
    feed.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c", permit=False))
    return feed


def same(ask: Callable[[str], Any], hidden: str = HIDDEN, unknown: str = UNKNOWN) -> int:
    """The status of both; everything else is compared."""
    answers = [ask(hidden), ask(unknown)]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].content == answers[1].content.replace(unknown.encode(), hidden.encode())
    told = [{k: v.replace(unknown, hidden) for k, v in a.headers.items() if k != "X-Request-Id"} for a in answers]
    assert told[0] == told[1]
    return int(answers[0].status_code)


@pytest.mark.parametrize("door", ["", "/_history", "/_history/1", "/_history/2", "/_history/9", "/$receipt"])
def test_reading(bob: Voice, door: str) -> None:
    assert same(lambda id: bob.get(f"Observation/{id}{door}")) == 404
    assert same(lambda id: bob.get(f"Observation/{id}{door}", If_None_Match='W/"2"')) == 404


@pytest.mark.parametrize(
    "search",
    ["Observation?_id={}", "Observation?_id={}&_summary=count", "Observation?_id={}&_total=accurate",
     "Observation?_id={}&_lastUpdated=gt2020", "Observation?_id={}&_sort=-_lastUpdated&_count=1",
     "Provenance?target=Observation/{}"],
)  # fmt: skip
def test_searching(bob: Voice, search: str) -> None:
    assert same(lambda id: bob.get(search.format(id))) == 200


@pytest.mark.parametrize("door", ["$everything", "$everything?_count=1", "$everything?_type=Observation"])
def test_everything(bob: Voice, door: str) -> None:
    assert same(lambda id: bob.get(f"Patient/{id}/{door}"), "north-alice", "north-eve99") == 404


@pytest.mark.parametrize("role", ["mallory", "mallory-feed"])
@pytest.mark.parametrize("headers", [{}, {"If_Match": 'W/"2"'}, {"If_Match": 'W/"1"'}])
def test_deleting(voice: Callable[..., Voice], role: str, headers: dict[str, str]) -> None:
    other = voice(role)
    assert same(lambda id: other.delete(f"Observation/{id}", **headers)) == 404
    assert same(lambda id: other.delete(f"Observation/{id}", **headers), UUID_HIDDEN, UUID_UNKNOWN) == 404


@pytest.mark.parametrize("headers", [{}, {"If_Match": 'W/"2"'}])
def test_writing_over_it(voice: Callable[..., Voice], headers: dict[str, str]) -> None:
    other = voice("mallory-feed")
    other.put("Patient/mallory-p", build.patient("mallory-p"))
    assert same(lambda id: other.put(f"Observation/{id}", build.observation("Patient/mallory-p", id), **headers)) == 422


def test_writing_over_a_uuid_tells_no_version(voice: Callable[..., Voice]) -> None:
    other = voice("mallory-feed")
    other.put("Patient/mallory-p", build.patient("mallory-p"))

    def put(id: str) -> Any:
        return other.put(f"Observation/{id}", build.observation("Patient/mallory-p", id), If_Match='W/"2"')

    assert same(put, UUID_HIDDEN, UUID_UNKNOWN) == 412


@pytest.mark.parametrize(
    "reference",
    ["Observation/{}", "Observation/{}/_history/1", "http://127.0.0.1:8000/fhir/Observation/{}",
     "http://127.0.0.1:8000/fhir/Observation/{}/_history/2", "Observation?_id={}"],
)  # fmt: skip
def test_referring_to_it(voice: Callable[..., Voice], reference: str) -> None:
    other = voice("mallory-feed")
    other.put("Patient/mallory-p", build.patient("mallory-p"))

    def push(id: str) -> Any:
        derived = [{"reference": reference.format(id)}]
        return other.post("Observation", build.observation("Patient/mallory-p", derivedFrom=derived))

    assert same(push) == 422


def test_referring_to_it_in_a_transaction(voice: Callable[..., Voice]) -> None:
    other = voice("mallory-feed")

    def push(id: str) -> Any:
        subject = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}
        derived = [{"reference": f"Observation/{id}"}]
        return other.post(
            "",
            build.transaction(build.patient(), {**build.observation(""), "subject": subject, "derivedFrom": derived}),
        )

    assert same(push) == 422


@pytest.mark.parametrize("type", ["batch", "transaction"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_entries_of_a_bundle(voice: Callable[..., Voice], type: str, method: str) -> None:
    other = voice("mallory")

    def push(id: str) -> Any:
        entry = {"request": {"method": method, "url": f"Observation/{id}"}}
        return other.post("", {"resourceType": "Bundle", "type": type, "entry": [entry]})

    same(push)


def test_a_conditional_create_matches_nothing_of_others(voice: Callable[..., Voice]) -> None:
    other = voice("mallory-feed")
    criteria = f"identifier={build.RESIDENT_ID}|11010519491231002X"
    assert other.post("Patient", build.patient(), If_None_Exist=criteria).status_code == 201


def test_pages_give_away_no_gaps(feed: Voice, bob: Voice) -> None:
    """A page link that spelled the row's number would show how many rows lie between two that are visible."""
    feed.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c"))
    links = bob.get("Observation?patient=north-alice&_count=1").json()["link"]
    cursor = next(link["url"] for link in links if link["relation"] == "next").partition("_cursor=")[2]
    again = bob.get("Observation?patient=north-alice&_count=1").json()["link"]
    assert cursor not in {link["url"].partition("_cursor=")[2] for link in again}, "not a function of the row alone"


# Inside one hospital: the person, or a clinician whom a consent denies.


def test_the_person_matches_nothing_of_other_patients(feed: Voice, alice: Voice) -> None:
    """Her account belongs to North Bay; North Bay's other patients are none of hers."""
    feed.put("Patient/north-eve", build.patient("north-eve", name=[{"family": "Eve"}]))
    feed.put("Consent/north-e", build.consent("Patient/north-eve", id="north-e"))
    answer = alice.post("Consent", build.consent("Patient/north-alice"), If_None_Exist="patient=Patient/north-eve")
    assert b"north-eve" not in answer.content
    assert answer.status_code == 201


@pytest.mark.parametrize("reference", ["Patient/{}", "Patient?_id={}"])
def test_the_person_refers_to_nothing_of_other_patients(feed: Voice, alice: Voice, reference: str) -> None:
    feed.put("Patient/north-eve", build.patient("north-eve"))

    def push(id: str) -> Any:
        data = [{"meaning": "instance", "reference": {"reference": reference.format(id)}}]
        return alice.post("Consent", build.consent("Patient/north-alice", data=data))

    assert same(push, "north-eve", "north-ivy") == 422


@pytest.mark.parametrize("headers", [{}, {"If_Match": 'W/"1"'}])
def test_the_person_does_not_find_other_patients_consents(feed: Voice, alice: Voice, headers: dict[str, str]) -> None:
    feed.put("Patient/north-eve", build.patient("north-eve"))
    feed.put("Consent/north-e", build.consent("Patient/north-eve", id="north-e"))
    ids = ("north-e", "north-f")
    assert (
        same(lambda id: alice.put(f"Consent/{id}", build.consent("Patient/north-alice", id=id), **headers), *ids) == 422
    )
    assert same(lambda id: alice.delete(f"Consent/{id}", **headers), *ids) == 404


@pytest.fixture
def nora(voice: Callable[..., Voice], feed: Voice) -> Voice:
    """A clinician at North Bay, whom Alice's consent denies."""
    from django.utils import timezone

    from medbridge.actions.load_accounts import load_accounts

    person = {"username": "nora", "hospital": "north", "role": "clinician", "practitioner": "Practitioner/nora"}
    load_accounts(at=timezone.now(), content=build.raw({"people": [person]}))
    return voice("nora")


def test_a_denied_clinician_of_the_hospital_reads_nothing_by_a_conditional_create(nora: Voice) -> None:
    assert nora.get(f"Observation/{HIDDEN}").status_code == 404
    answer = nora.post("Patient", build.patient(), If_None_Exist="_id=north-alice")
    assert answer.status_code == 201
    assert b"north-alice" not in answer.content


def test_a_denied_clinician_of_the_hospital_overwrites_and_deletes_nothing(nora: Voice) -> None:
    assert same(lambda id: nora.delete(f"Observation/{id}")) == 404
    assert same(lambda id: nora.delete(f"Observation/{id}", If_Match='W/"2"')) == 404
    answer = nora.put(f"Observation/{HIDDEN}", build.observation("Patient/north-alice", HIDDEN))
    assert answer.status_code in (404, 422)
