"""What a reader may not see takes no part in a search: Mallory's hospital has no consent, Bob's sees Alice, not Li."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.records import search_resolve
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

HEART_RATE = {"coding": [{"system": build.LOINC, "code": "8867-4", "display": "Heart rate"}]}


def of_li(id: str, **elements: Any) -> dict[str, Any]:
    return build.observation("Patient/north-li", id, **elements)


@pytest.fixture
def two(feed: Voice) -> None:
    """Alice, whose record North Bay opened to Renji, and Li, whose is closed; each with an encounter and results."""
    for name, family in (("alice", "Zhang"), ("li", "Li")):
        feed.put(f"Patient/north-{name}", build.patient(f"north-{name}", name=[{"family": family}],
                                                        identifier=[{"system": "urn:x", "value": name}]))  # fmt: skip
        encounter = {
            "resourceType": "Encounter", "id": f"north-{name}-e", "status": "finished",
            "class": {"code": "AMB"}, "subject": {"reference": f"Patient/north-{name}"},
        }  # fmt: skip
        assert feed.put(f"Encounter/north-{name}-e", encounter).status_code == 201
        for number, value in enumerate((60, 70)):
            observation = build.observation(
                f"Patient/north-{name}", f"north-{name}-{number}", code=HEART_RATE,
                encounter={"reference": f"Encounter/north-{name}-e"}, effectiveDateTime=f"202{number}-01-01",
                valueQuantity={"value": value, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
            )  # fmt: skip
            assert feed.put(f"Observation/north-{name}-{number}", observation).status_code == 201
    hidden = {"meaning": "instance", "reference": {"reference": "Encounter/north-alice-e"}}
    opened = build.consent("Patient/north-alice", id="north-c", actor=build.actor("Organization/renji"),
                           provision=[{"type": "deny", "data": [hidden]}])  # fmt: skip
    assert feed.put("Consent/north-c", opened).status_code == 201


@pytest.mark.parametrize(
    "search",
    [
        "Observation?patient.name=li",
        "Observation?patient.identifier=urn:x|li",
        "Observation?encounter.class=AMB",
        "Patient?_has:Encounter:subject:status=finished",
        "Patient?_has:Observation:patient:encounter.class=AMB",
        "Patient?name=li",
        "Patient?_id=north-li",
        "Observation?code:text=heart&patient=north-li",
        "Observation?value-quantity=60&patient=north-li",
        "Observation?_filter=patient.name eq li",
    ],
)
def test_a_hidden_row_leads_nowhere(two: None, bob: Voice, feed: Voice, search: str) -> None:
    assert feed.ids(search) != []
    assert bob.ids(search) == []


def test_negations_say_nothing_of_hidden_rows(two: None, bob: Voice) -> None:
    assert bob.ids("Patient?_id:not=x") == bob.ids("Patient") == ["Patient/north-alice"]
    assert bob.ids("Observation?status:not=amended") == ["Observation/north-alice-0", "Observation/north-alice-1"]
    assert bob.ids("Observation?encounter:missing=true") == []


def test_a_hidden_target_is_silently_absent_from_includes(two: None, bob: Voice, feed: Voice) -> None:
    search = "Observation?patient=north-alice&_include=Observation:encounter&_include=Observation:patient"
    seen = ["Observation/north-alice-0", "Observation/north-alice-1", "Patient/north-alice"]
    assert bob.ids(search) == seen
    assert set(feed.ids(search)) == {*seen, "Encounter/north-alice-e"}


def test_a_hidden_source_is_silently_absent_from_revincludes(two: None, bob: Voice, feed: Voice) -> None:
    search = "Patient?_revinclude=Encounter:subject&_revinclude=Observation:patient"
    assert set(bob.ids(search)) == {"Patient/north-alice", "Observation/north-alice-0", "Observation/north-alice-1"}
    assert len(feed.ids(search)) == 8


@pytest.mark.parametrize("sort", ["_id", "-date", "-_lastUpdated", "value-quantity", "code", "-patient", "status,-_id"])
def test_sort_total_and_pages_are_of_what_is_seen(two: None, bob: Voice, sort: str) -> None:
    url, seen = f"Observation?_sort={sort}&_count=1&_total=accurate", []
    while url:
        page = bob.get(url).json()
        assert page["total"] == 2
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((link["url"].partition("/fhir/")[2] for link in page["link"] if link["relation"] == "next"), "")
    assert sorted(seen) == ["north-alice-0", "north-alice-1"]


def test_nobody_without_a_consent_learns_how_many(two: None, voice: Callable[..., Voice]) -> None:
    mallory = voice("mallory")
    for search in ("Observation", "Observation?_has:Observation:derived-from:status=final", "Patient?name=li"):
        assert mallory.get(f"{search}{'&' if '?' in search else '?'}_summary=count").json()["total"] == 0


def test_a_list_that_is_hidden_has_no_items(two: None, feed: Voice, bob: Voice) -> None:
    items = [{"item": {"reference": "Observation/north-li-0"}}]
    resource = {"resourceType": "List", "id": "north-list", "status": "current", "mode": "working",
                "subject": {"reference": "Patient/north-li"}, "entry": items}  # fmt: skip
    assert feed.put("List/north-list", resource).status_code == 201
    assert feed.ids("Observation?_list=north-list") == ["Observation/north-li-0"]
    assert bob.ids("Observation?_list=north-list") == []


def test_a_token_that_may_not_search_patients_learns_nothing_of_them_by_a_chain(
    two: None, voice: Callable[..., Voice]
) -> None:
    narrow = voice("north-feed", scopes="user/Observation.rs")
    assert narrow.get("Observation?patient.name=zhang").status_code == 403
    assert narrow.get("Observation?patient:Patient.name=zhang").status_code == 403
    assert narrow.ids("Observation?patient=north-alice&_include=Observation:patient&_count=1") == [
        "Observation/north-alice-0"
    ]
    assert voice("north-feed", scopes="user/Patient.rs").get(
        "Patient?_has:Observation:patient:status=final"
    ).status_code == 403  # fmt: skip


def test_nor_does_one_of_a_common_code(two: None, bob: Voice, feed: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_resolve, "FEW_SOURCES", 0)
    monkeypatch.setattr(search_resolve, "_common", set())
    search = "Patient?_has:Observation:patient:code=http://loinc.org|8867-4"
    for more in ("", "&birthdate=lt2030", "&_sort=_id"):
        assert bob.ids(search + more) == ["Patient/north-alice"]
        assert feed.ids(search + more) == ["Patient/north-alice", "Patient/north-li"]
