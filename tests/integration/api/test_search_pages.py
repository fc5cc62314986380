"""Order, pages while others write, includes and their limit, parts of resources."""

import pytest
from pytest_django.fixtures import Settings

from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
DAYS = ("2023-05-01", "2021-01-01", "2022-02-02", "2020-03-03")


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    for number, day in enumerate(DAYS):
        put(feed, number, day)
    none = build.observation("Patient/north-alice", "north-o9", status="preliminary")
    del none["effectiveDateTime"], none["valueQuantity"]
    feed.put("Observation/north-o9", none)
    return feed


def put(feed: Voice, number: int, day: str, **elements: object) -> None:
    value = {"value": 10 - number, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"}
    changed = {"effectiveDateTime": day, "valueQuantity": value, **elements}
    response = feed.put(
        f"Observation/north-o{number}", build.observation("Patient/north-alice", f"north-o{number}", **changed)
    )
    assert response.status_code in (200, 201)


def numbers(voice: Voice, search: str) -> str:
    return "".join(id[-1] for id in voice.ids(search))


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("date", "31209"), ("-date", "02139"), ("_id", "01239"), ("-_id", "93210"), ("value-quantity", "32109"),
        ("-value-quantity", "01239"), ("status,-date", "02139"), ("-status,date", "93120"),
        ("_lastUpdated,_id", "01239"),
    ],
)  # fmt: skip
def test_rows_without_a_value_come_last_either_way(stocked: Voice, sort: str, order: str) -> None:
    assert numbers(stocked, f"Observation?patient=north-alice&_sort={sort}") == order
    assert numbers(stocked, f"Observation?_sort={sort}") == order


def next_of(page: dict[str, list[dict[str, str]]]) -> str:
    return next((link["url"].partition("/fhir/")[2] for link in page["link"] if link["relation"] == "next"), "")


@pytest.mark.parametrize("sort", ["", "_lastUpdated", "-_lastUpdated", "-date", "value-quantity"])
def test_no_row_comes_twice_or_is_lost_while_others_write(stocked: Voice, sort: str) -> None:
    url, seen = f"Observation?patient=north-alice&_count=1{'&_sort=' + sort if sort else ''}", ""
    for turn in range(20):
        page = stocked.get(url).json()
        seen += page["entry"][0]["resource"]["id"][-1]
        # Between any two pages one row is changed, seen or not, and after the first three one is new.
        put(stocked, turn % 4, DAYS[turn % 4], status="amended")
        if turn < 3:
            put(stocked, 10 * turn + 14, "2000-01-01", valueQuantity={"value": 99}, status="cancelled")
        if not (url := next_of(page)):
            break
    assert sorted(number for number in seen if number in "01239") == list("01239")


def test_includes_beyond_the_limit_are_left_out_and_the_answer_says_so(stocked: Voice, settings: Settings) -> None:
    settings.SEARCH_INCLUDE_LIMIT = 2
    entries = stocked.get("Patient?_revinclude=Observation:patient").json()["entry"]
    assert [entry["search"]["mode"] for entry in entries] == ["match", "include", "include", "outcome"]
    assert "_count" in entries[-1]["resource"]["issue"][0]["diagnostics"]


def test_iterate_goes_on_from_what_was_included(stocked: Voice) -> None:
    put(stocked, 4, "2020-01-01", derivedFrom=[{"reference": "Observation/north-o0"}])
    put(stocked, 5, "2020-01-01", derivedFrom=[{"reference": "Observation/north-o4"}])
    once, further = "_include=Observation:derived-from", "_include:iterate=Observation:derived-from"
    assert numbers(stocked, f"Observation?_id=north-o5&{once}") == "54"
    assert numbers(stocked, f"Observation?_id=north-o5&{further}") == "540"
    assert set(stocked.ids("Observation?_id=north-o5&_include=*")) == {
        "Observation/north-o5", "Observation/north-o4", "Patient/north-alice",
    }  # fmt: skip


def test_elements_and_summaries_are_marked(stocked: Voice) -> None:
    [entry] = stocked.get("Observation?_id=north-o0&_elements=status").json()["entry"]
    assert set(entry["resource"]) >= {"status", "meta", "id"} and "valueQuantity" not in entry["resource"]
    assert entry["resource"]["meta"]["tag"][-1]["code"] == "SUBSETTED"


def test_near_is_measured_in_kilometres(feed: Voice) -> None:
    place = {"resourceType": "Location", "id": "north-l", "position": {"longitude": 121.4737, "latitude": 31.2304}}
    assert feed.put("Location/north-l", place).status_code == 201
    assert feed.ids("Location?near=31.2304|121.6|15|km") == ["Location/north-l"]
    assert feed.ids("Location?near=31.2304|121.6|10|km") == []


@pytest.mark.parametrize("count", [1, 2, 50])
def test_what_speaks_of_two_people_has_its_place_in_the_order_of_each(stocked: Voice, bob: Voice, count: int) -> None:
    stocked.put("Patient/north-li", build.patient("north-li"))
    put(stocked, 7, "2022-01-01", focus=[{"reference": "Patient/north-li"}])
    opened = build.consent("Patient/north-alice", id="north-c", actor=build.actor("Organization/renji"))
    assert stocked.put("Consent/north-c", opened).status_code == 201
    for reader, order in ((stocked, "027139"), (bob, "02139")):
        url, found = f"Observation?patient=north-alice&_sort=-date&_count={count}", ""
        while url:
            page = reader.get(url).json()
            found += "".join(entry["resource"]["id"][-1] for entry in page.get("entry", []))
            url = next_of(page)
        assert found == order
