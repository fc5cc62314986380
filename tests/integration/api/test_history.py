"""History of a record, a type and the whole system (FHIR R4 http.html#history)."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.audit.models import Access
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def north(feed: Voice) -> None:
    """Alice twice, an Observation created and deleted."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o", build.observation("Patient/north-alice", "north-o"))
    feed.put("Patient/north-alice", build.patient("north-alice", active=True))
    feed.delete("Observation/north-o")


def told(answer: Any) -> list[tuple[str, str]]:
    """(method, version) of each entry."""
    assert answer.status_code == 200, answer.content
    return [
        (f"{entry['request']['method']} {entry['fullUrl'].rpartition('/fhir/')[2]}", entry["response"]["etag"])
        for entry in answer.json().get("entry", [])
    ]


ALL = [
    ("DELETE Observation/north-o", 'W/"2"'),
    ("PUT Patient/north-alice", 'W/"2"'),
    ("PUT Observation/north-o", 'W/"1"'),
    ("PUT Patient/north-alice", 'W/"1"'),
]


def own(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the directory that load_accounts made."""
    return [entry for entry in entries if "north-" in entry[0]]


def test_the_system_tells_all_newest_first(feed: Voice) -> None:
    assert own(told(feed.get("_history"))) == ALL


def test_a_type_tells_its_own(feed: Voice) -> None:
    assert told(feed.get("Observation/_history")) == [ALL[0], ALL[2]]
    assert feed.get("Observation/_history").json()["total"] == 2


def test_a_deletion_is_an_entry_without_a_resource(feed: Voice) -> None:
    entry = feed.get("Observation/_history").json()["entry"][0]
    assert "resource" not in entry
    assert entry["response"]["status"].startswith("204")


@pytest.mark.parametrize("path", ["_history", "Patient/_history", "Patient/north-alice/_history"])
def test_pages_lose_and_repeat_nothing_while_others_write(feed: Voice, path: str) -> None:
    whole = told(feed.get(path))
    pages, url = [], f"{path}?_count=1"
    while url:
        answer = feed.get(url)
        pages += told(answer)
        assert "total" not in answer.json() or len(whole) == 1
        url = next((link["url"] for link in answer.json()["link"] if link["relation"] == "next"), "").partition(
            "/fhir/"
        )[2]
        feed.put("Patient/north-new", build.patient("north-new"))
    assert pages == whole


def test_no_version_is_lost_past_the_largest_page(feed: Voice, settings: Any) -> None:
    settings.SEARCH_COUNT_LIMIT = 1
    links = {link["relation"]: link["url"] for link in feed.get("Patient/north-alice/_history").json()["link"]}
    assert told(feed.get(links["next"].partition("/fhir/")[2])) == [ALL[3]]


def test_since_leaves_out_what_is_older(feed: Voice) -> None:
    moment = feed.get("Patient/north-alice").json()["meta"]["lastUpdated"]
    assert own(told(feed.get(f"_history?_since={moment}"))) == ALL[:2]
    assert told(feed.get("Patient/north-alice/_history?_since=2099")) == []


def test_at_tells_what_was_current_then(feed: Voice) -> None:
    versions = [feed.get(f"Patient/north-alice/_history/{n}").json()["meta"]["lastUpdated"] for n in (1, 2)]
    assert told(feed.get(f"Patient/_history?_at={versions[0]}")) == [ALL[3]]
    assert told(feed.get(f"Patient/_history?_at={versions[1]}")) == [ALL[1]]
    assert told(feed.get("Patient/_history?_at=2020")) == []


@pytest.mark.parametrize(
    "query", ["_since=spam", "_at=2024-13", "_count=0", "_count=x", "name=x", "_cursor=x", "_since=0000"]
)
@pytest.mark.parametrize("path", ["_history", "Patient/_history", "Patient/north-alice/_history"])
def test_what_is_not_understood_is_refused(feed: Voice, path: str, query: str) -> None:
    assert feed.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("path", ["_history", "Patient/_history", "Observation/_history"])
def test_nobody_learns_of_what_consent_hides(bob: Voice, voice: Callable[..., Voice], path: str) -> None:
    answers = [bob.get(path), voice("mallory").get(path)]
    for answer in answers:
        assert answer.status_code == 200
        assert b"north-" not in answer.content.replace(b"Organization/north", b"")


def test_consent_opens_the_versions_and_its_end_closes_them(feed: Voice, bob: Voice) -> None:
    feed.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c"))
    first = bob.get("Patient/_history?_count=1")
    assert told(first) == [ALL[1]]
    link = next(link["url"] for link in first.json()["link"] if link["relation"] == "next").partition("/fhir/")[2]
    feed.delete("Consent/north-c")
    assert told(bob.get(link)) == []


def test_a_page_link_is_the_readers_own(feed: Voice, voice: Callable[..., Voice]) -> None:
    links = feed.get("Patient/_history?_count=1").json()["link"]
    link = next(link["url"] for link in links if link["relation"] == "next").partition("/fhir/")[2]
    assert voice("renji-feed").get(link).status_code == 400


def test_scopes_narrow_the_history_of_the_system(voice: Callable[..., Voice]) -> None:
    narrow = voice("north-feed", scopes="user/Observation.rs")
    assert told(narrow.get("_history")) == [ALL[0], ALL[2]]
    assert narrow.get("Patient/_history").status_code == 403
    assert voice("north-feed", scopes="user/Nothing.rs").get("_history").status_code == 403


def test_the_person_is_told_who_read_the_history(feed: Voice) -> None:
    feed.get("_history")
    assert Access.objects.filter(action="history", patient="north-alice", count=4).exists()
