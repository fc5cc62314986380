"""Search over HTTP: parameters, pages, and what the answer says it understood."""

from collections.abc import Callable

import pytest

from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    li = {"name": [{"text": "李四"}], "identifier": [{"system": "urn:x", "value": "7"}]}
    feed.put("Patient/north-li", build.patient("north-li", gender="male", birthDate="1980-01-01", **li))
    for number, day in enumerate(("2023-01-01", "2024-02-02", "2024-03-03")):
        feed.put(f"Observation/north-o{number}", build.observation("Patient/north-alice", f"north-o{number}",
                                                                    effectiveDateTime=day))  # fmt: skip
    return feed


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("Patient?_id=north-alice", ["Patient/north-alice"]),
        (f"Patient?identifier={build.RESIDENT_ID}|11010519491231002X", ["Patient/north-alice"]),
        ("Patient?identifier=7", ["Patient/north-li"]),
        ("Patient?name=zha", ["Patient/north-alice"]),
        ("Patient?name=lisi", ["Patient/north-li"]),
        ("Patient?name=李", ["Patient/north-li"]),
        ("Patient?birthdate=lt1970", ["Patient/north-alice"]),
        ("Patient?gender=male", ["Patient/north-li"]),
        ("Observation?patient=north-alice&date=2024", ["Observation/north-o1", "Observation/north-o2"]),
        ("Observation?subject=Patient/north-alice&date=ge2024-02-03", ["Observation/north-o2"]),
        ("Observation?code=http://loinc.org|718-7&status=final&_count=1", ["Observation/north-o0"]),
        ("Observation?code=http://loinc.org|none", []),
        ("Observation?patient=north-li", []),
        ("Observation?patient=north-alice&_sort=-date&_count=1", ["Observation/north-o2"]),
        ("Patient?_lastUpdated=gt2020&gender=male,female&birthdate=1980-01-01", ["Patient/north-li"]),
    ],
)  # fmt: skip
def test_a_search_finds(stocked: Voice, search: str, found: list[str]) -> None:
    assert stocked.ids(search) == found


@pytest.mark.parametrize("sort", ["", "&_sort=-date", "&_sort=_lastUpdated", "&_sort=-_id"])
def test_pages_neither_lose_nor_repeat(stocked: Voice, sort: str) -> None:
    url, seen = f"Observation?patient=north-alice&_count=1{sort}", []
    while url:
        page = stocked.get(url).json()
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((link["url"].partition("/fhir/")[2] for link in page["link"] if link["relation"] == "next"), "")
    assert sorted(seen) == ["north-o0", "north-o1", "north-o2"]


def test_a_page_link_of_another_reader_is_refused(stocked: Voice, voice: Callable[..., Voice]) -> None:
    links = stocked.get("Observation?patient=north-alice&_count=1").json()["link"]
    url = next(link["url"] for link in links if link["relation"] == "next").partition("/fhir/")[2]
    assert voice("mallory-feed").get(url).status_code == 400


def test_total_counts_what_the_reader_sees(stocked: Voice, voice: Callable[..., Voice]) -> None:
    assert stocked.get("Observation?_summary=count").json()["total"] == 3
    assert voice("mallory").get("Observation?_summary=count").json()["total"] == 0


def test_an_unknown_parameter_is_named_or_refused_when_strict(stocked: Voice) -> None:
    lenient = stocked.get("Patient?favourite=blue").json()
    outcome = next(e["resource"] for e in lenient["entry"] if e["search"]["mode"] == "outcome")
    assert "favourite" in outcome["issue"][0]["diagnostics"]
    assert stocked.get("Patient?favourite=blue", Prefer="handling=strict").status_code == 400


def test_post_search_is_the_same_search(stocked: Voice) -> None:
    answer = stocked.client.post(
        "/fhir/Patient/_search", "gender=male", content_type="application/x-www-form-urlencoded"
    )
    assert [entry["resource"]["id"] for entry in answer.json()["entry"]] == ["north-li"]


def test_a_search_returns_the_exact_stored_bytes(stocked: Voice) -> None:
    read = stocked.get("Patient/north-li").content
    assert read in stocked.get("Patient?gender=male").content
