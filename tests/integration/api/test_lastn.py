"""Observation/$lastn: the newest of each code that the reader may see."""

from collections.abc import Callable

import pytest

from medbridge.audit.models import Access
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

CATEGORY = [
    {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
]


@pytest.fixture
def measured(feed: Voice) -> Voice:
    """Three of one code, one of another, and one of somebody else."""
    for name in ("alice", "eve"):
        feed.put(f"Patient/north-{name}", build.patient(f"north-{name}"))
    observe(feed, "h1", "2024-01-01", "718-7")
    observe(feed, "h2", "2024-02-01", "718-7")
    observe(feed, "h3", "2024-03-01", "718-7")
    observe(feed, "g1", "2023-01-01", "2339-0")
    observe(feed, "e1", "2025-01-01", "718-7", whose="eve")
    return feed


def observe(feed: Voice, id: str, date: str, code: str, *, whose: str = "alice") -> None:
    coding = {"coding": [{"system": build.LOINC, "code": code}]}
    body = build.observation(
        f"Patient/north-{whose}", f"north-{id}", code=coding, effectiveDateTime=date, category=CATEGORY
    )
    assert feed.put(f"Observation/north-{id}", body).status_code == 201


def last(voice: Voice, query: str) -> list[str]:
    found = voice.ids(f"Observation/$lastn?{query}")
    return [each.removeprefix("Observation/north-") for each in found]


def test_the_newest_of_each_code_comes_newest_first(measured: Voice) -> None:
    assert last(measured, "patient=north-alice&category=laboratory") == ["h3", "g1"]
    assert last(measured, "subject=Patient/north-alice&category=laboratory&max=2") == ["h3", "h2", "g1"]


def test_other_search_parameters_narrow(measured: Voice) -> None:
    assert last(measured, "patient=north-alice&code=718-7") == ["h3"]
    assert last(measured, "patient=north-alice&code=718-7&date=lt2024-03-01") == ["h2"]
    assert last(measured, "patient=north-alice&code=nothing") == []


def test_parameters_come_in_the_body_of_a_post_as_well(measured: Voice) -> None:
    named = [{"name": "patient", "valueString": "north-alice"}, {"name": "category", "valueString": "laboratory"}]
    body = {"resourceType": "Parameters", "parameter": [*named, {"name": "max", "valuePositiveInt": 2}]}
    assert len(measured.post("Observation/$lastn", body).json()["entry"]) == 3


@pytest.mark.parametrize(
    "query",
    ["category=laboratory", "patient=north-alice", "patient=north-alice&code=x&max=0",
     "patient=north-alice&code=x&max=x", "patient=north-alice&code=x&_sort=date",
     "patient=north-alice&code=x&_sort=-date,code", "patient=north-alice&code=x&_cursor=x"],
)  # fmt: skip
def test_what_it_needs_and_does_not_take_is_said(measured: Voice, query: str) -> None:
    answer = measured.get(f"Observation/$lastn?{query}")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["diagnostics"]


ALL = "patient=north-alice&category=laboratory&max=3"


def test_pages_hold_as_many_as_asked_for(measured: Voice) -> None:
    url, pages = f"Observation/$lastn?{ALL}&_sort=-date&_count=3", []
    while url:
        page = measured.get(url).json()
        pages.append([entry["resource"]["id"].removeprefix("north-") for entry in page["entry"]])
        url = next((link["url"].partition("/fhir/")[2] for link in page["link"] if link["relation"] == "next"), "")
    assert pages == [["h3", "h2", "h1"], ["g1"]]


def test_a_page_begins_where_the_last_one_ended_while_others_write(measured: Voice) -> None:
    page = measured.get(f"Observation/$lastn?{ALL}&_count=2").json()
    observe(measured, "h4", "2024-04-01", "718-7")
    url = next(link["url"].partition("/fhir/")[2] for link in page["link"] if link["relation"] == "next")
    assert "north-g1" in [entry["resource"]["id"] for entry in measured.get(url).json()["entry"]]


def test_what_is_included_comes_along(measured: Voice) -> None:
    found = measured.get(f"Observation/$lastn?{ALL}&max=1&_include=Observation:patient").json()["entry"]
    modes = [(entry["resource"]["id"], entry["search"]["mode"]) for entry in found]
    assert modes[-1] == ("north-alice", "include")
    assert measured.get(f"Observation/$lastn?{ALL}&_summary=count").json()["total"] == 4
    assert measured.get(f"Observation/$lastn?{ALL}&_total=accurate&_count=1").json()["total"] == 4


def test_a_hidden_observation_takes_no_ones_place(measured: Voice, bob: Voice) -> None:
    """With a consent over an earlier time, the newest that Bob may see comes, not nothing."""
    actor = build.actor("Organization/renji")
    period = {"start": "2024-01-01", "end": "2024-02-15"}
    measured.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c", actor=actor, dataPeriod=period))
    assert last(bob, "patient=north-alice&category=laboratory") == ["h2"]


def test_one_who_may_see_nothing_is_answered_as_if_there_were_nothing(
    measured: Voice, voice: Callable[..., Voice]
) -> None:
    mallory = voice("mallory")
    hidden, absent = (mallory.get(f"Observation/$lastn?patient=north-{id}&code=718-7") for id in ("alice", "nobod"))
    assert hidden.status_code == absent.status_code == 200
    assert hidden.content == absent.content.replace(b"nobod", b"alice")


def test_the_person_reads_of_it(measured: Voice) -> None:
    last(measured, "patient=north-alice&code=718-7")
    assert Access.objects.filter(action="search", query__contains="$lastn", patient="north-alice").exists()
