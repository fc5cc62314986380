"""Custom parameters of every kind, by plain paths and by expressions; chains, `_has` and includes over references."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.actions.reindex_records import count_failed
from tests import build
from tests.integration.conftest import Voice
from tests.integration.custom.conftest import define, reindexed

pytestmark = pytest.mark.django_db

UCUM = "http://unitsofmeasure.org"
BY = "http://example.org/escort"

# code, kind, expression, elements of an Observation, searches that find it, searches that do not
CASES: dict[str, tuple[str, str, dict[str, Any], list[str], list[str]]] = {
    "token by path": (
        "token", "Observation.component.value.ofType(CodeableConcept)",
        {"component": [{"code": {"text": "x"}, "valueCodeableConcept": {"coding": [{"system": "s", "code": "c"}]}}]},
        ["=c", "=s|c", "=s|", "=x,c", ":missing=false"], ["=d", "=t|c", ":not=c", ":missing=true"],
    ),
    "code by path": ("token", "Observation.component.code.text | Observation.text.status",
                     {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}},
                     ["=generated"], ["=extensions"]),
    "boolean by expression": ("token", "Observation.note.exists()", {"note": [{"text": "n"}]}, ["=true"], ["=false"]),
    "string by path": ("string", "Observation.note.text", {"note": [{"text": "Faint Red"}]},
                       ["=faint", ":exact=Faint Red", ":contains=red"], ["=red", ":exact=faint red"]),
    "string by expression": ("string", "Observation.note.text.lower()", {"note": [{"text": "Faint"}]},
                             ["=faint", ":exact=faint"], [":exact=Faint"]),
    "date by path": ("date", "Observation.note.time", {"note": [{"text": "n", "time": "2024-05-06T07:08:09Z"}]},
                     ["=2024-05-06", "=ge2024"], ["=2023", "=gt2025"]),
    "date by expression": ("date", "Observation.note.where(text.exists()).first().time",
                           {"note": [{"text": "n", "time": "2024-05-06T07:08:09Z"}]}, ["=2024-05-06"], ["=2023"]),
    "number by path": ("number", "Observation.component.value.ofType(integer)",
                       {"component": [{"code": {"text": "x"}, "valueInteger": 7}]}, ["=7", "=lt8"], ["=8"]),
    "number by expression": ("number", "Observation.component.count()",
                             {"component": [{"code": {"text": "x"}}, {"code": {"text": "y"}}]}, ["=2"], ["=1"]),
    "quantity by path": ("quantity", "Observation.referenceRange.low",
                         {"referenceRange": [{"low": {"value": 2, "system": UCUM, "code": "g"}}]},
                         [f"=2|{UCUM}|g", f"=2000|{UCUM}|mg", "=gt1"], [f"=2|{UCUM}|mg"]),
    "quantity by expression": ("quantity", "Observation.referenceRange.where(low.exists()).low",
                               {"referenceRange": [{"low": {"value": 2, "system": UCUM, "code": "g"}}]},
                               [f"=2000|{UCUM}|mg"], ["=3"]),
    "uri by path": ("uri", "Observation.extension('http://example.org/u').value",
                    {"extension": [{"url": "http://example.org/u", "valueUri": "http://a/b"}]},
                    ["=http://a/b", ":below=http://a"], ["=http://a"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_values_are_found(dana: Voice, feed: Voice, case: str) -> None:
    kind, expression, elements, found, _ = CASES[case]
    define(dana, "own", kind, expression, "Observation")
    feed.put("Patient/north-alice", build.patient("north-alice"))
    answer = feed.put("Observation/north-o", build.observation("Patient/north-alice", "north-o", **elements))
    assert answer.status_code == 201, answer.content
    feed.put("Observation/north-p", build.observation("Patient/north-alice", "north-p"))
    found_by = {search: feed.ids(f"Observation?own{search}") for search in found + CASES[case][4]}
    assert {search for search, ids in found_by.items() if "Observation/north-o" in ids} == {*found}


@pytest.fixture
def escorted(dana: Voice, feed: Voice) -> Voice:
    """Two Observations; Alice's names by whom she was brought."""
    define(dana, "escort", "reference", f"Observation.extension('{BY}').value", "Observation", target=["Patient"])
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Patient/north-li", build.patient("north-li", gender="male"))
    by_li = {"extension": [{"url": BY, "valueReference": {"reference": "Patient/north-li"}}]}
    feed.put("Observation/north-o", build.observation("Patient/north-alice", "north-o", **by_li))
    feed.put("Observation/north-p", build.observation("Patient/north-alice", "north-p"))
    return feed


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("Observation?escort=Patient/north-li", ["Observation/north-o"]),
        ("Observation?escort=north-li", ["Observation/north-o"]),
        ("Observation?escort.gender=male", ["Observation/north-o"]),
        ("Observation?escort:Patient.gender=female", []),
        ("Patient?_has:Observation:escort:status=final", ["Patient/north-li"]),
        ("Observation?_id=north-o&_include=Observation:escort", ["Observation/north-o", "Patient/north-li"]),
        ("Patient?_id=north-li&_revinclude=Observation:escort", ["Patient/north-li", "Observation/north-o"]),
        ("Patient?_id=north-li&_revinclude=Observation:*", ["Patient/north-li", "Observation/north-o"]),
        ("Observation?escort:missing=true", ["Observation/north-p"]),
        ("Observation?_sort=escort", ["Observation/north-o", "Observation/north-p"]),
    ],
)
def test_a_reference_is_followed(escorted: Voice, search: str, found: list[str]) -> None:
    assert escorted.ids(search) == found


def test_it_leads_to_nothing_that_the_reader_may_not_see(escorted: Voice, voice: Callable[..., Voice]) -> None:
    """Mallory's hospital has consent for nothing of North Bay's."""
    mallory = voice("mallory")
    assert mallory.ids("Patient?_has:Observation:escort:status=final") == []
    assert mallory.ids("Observation?escort=north-li") == mallory.ids("Observation?escort=nobody") == []


def test_the_capability_statement_names_the_includes(escorted: Voice) -> None:
    types = {each["type"]: each for each in escorted.get("metadata").json()["rest"][0]["resource"]}
    assert "Observation:escort" in types["Observation"]["searchInclude"]
    assert "Observation:escort" in types["Patient"]["searchRevInclude"]
    assert "Observation:escort" not in types["Device"]["searchRevInclude"]


def test_it_does_not_change_whose_record_it_is(escorted: Voice) -> None:
    assert escorted.ids("Observation?patient=north-li") == []


def test_an_expression_that_fails_blocks_no_write_and_is_counted(dana: Voice, feed: Voice) -> None:
    define(dana, "single", "string", "Observation.note.text.upper()", "Observation")
    feed.put("Patient/north-alice", build.patient("north-alice"))
    notes = {"note": [{"text": "one"}, {"text": "two"}]}
    answer = feed.put("Observation/north-o", build.observation("Patient/north-alice", "north-o", **notes))
    assert answer.status_code == 201
    assert feed.ids("Observation?single:missing=true") == ["Observation/north-o"]
    assert count_failed("http://example.org/SearchParameter/single") == 1
    assert reindexed() == 1
