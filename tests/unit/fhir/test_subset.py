"""Parts of a resource (R4 search.html#summary, #elements)."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.structure import elements, resource_types
from medbridge.fhir.subset import cut
from tools.generate_fhir_summary import TABLES, tables

WEIGHT = {
    "resourceType": "Observation",
    "id": "weight",
    "meta": {"versionId": "1", "tag": [{"system": "urn:t", "code": "x"}]},
    "text": {"status": "generated", "div": "<div/>"},
    "contained": [{"resourceType": "Patient", "id": "p"}],
    "extension": [{"url": "http://a.org/x", "valueBoolean": True}],
    "status": "final",
    "_status": {"id": "s"},
    "code": {"text": "weight"},
    "valueQuantity": {"value": "VALUE", "extension": [{"url": "http://a.org/y", "valueBoolean": True}]},
    "note": [{"text": "hm"}],
    "component": [{"id": "c", "code": {"text": "fat"}, "interpretation": [{"text": "high"}]}],
}
BODY = json.dumps(WEIGHT).replace('"VALUE"', "72.50").encode()
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
ALWAYS = {"resourceType", "id", "meta", "status", "_status", "code"}


def kept(**asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cut(BODY, type="Observation", **asked))
    return found


def test_a_summary_keeps_what_the_definitions_flag() -> None:
    assert set(kept(summary="true")) == ALWAYS | {"valueQuantity", "component"}


def test_a_summary_cuts_inside_elements_too_but_not_what_qualifies_a_value() -> None:
    found = kept(summary="true")
    assert found["component"] == [{"id": "c", "code": {"text": "fat"}}]
    assert "extension" in found["valueQuantity"]


def test_an_attachment_in_a_summary_has_no_data() -> None:
    letter = {"resourceType": "Media", "id": "m", "status": "completed", "content": {"data": "QQ==", "title": "t"}}
    assert json.loads(cut(json.dumps(letter).encode(), type="Media", summary="true"))["content"] == {"title": "t"}


def test_the_text_comes_with_what_is_mandatory() -> None:
    assert set(kept(summary="text")) == ALWAYS | {"text"}


def test_the_data_are_all_but_the_text() -> None:
    assert set(kept(summary="data")) == set(WEIGHT) - {"text"}


@pytest.mark.parametrize("name", ["value", "valueQuantity"])
def test_elements_come_with_what_is_mandatory(name: str) -> None:
    assert set(kept(elements=("note", name))) == ALWAYS | {"note", "valueQuantity"}


def test_a_subset_is_marked_and_the_digits_stay() -> None:
    tags = kept(elements=("value",))["meta"]["tag"]
    assert tags[0] == {"system": "urn:t", "code": "x"}
    assert SUBSETTED.items() <= tags[1].items()
    assert b'"value":72.50' in cut(BODY, elements=("value",), type="Observation")


def test_a_subset_of_a_subset_is_marked_once() -> None:
    once = cut(BODY, summary="data", type="Observation")
    assert cut(once, summary="data", type="Observation") == once


@pytest.mark.parametrize("summary", [None, "false", "count"])
def test_what_is_not_cut_is_the_very_same_bytes(summary: str | None) -> None:
    assert cut(BODY, summary=summary, type="Observation") is BODY


@pytest.mark.parametrize("type", sorted(resource_types()))
def test_every_type_can_be_summarised(type: str) -> None:
    body = json.dumps({"resourceType": type, "id": "x", "language": "de"}).encode()
    assert set(json.loads(cut(body, summary="true", type=type))) == {"resourceType", "id", "meta"}
    assert "id" in elements(type)


def test_the_tables_are_those_of_the_definitions() -> None:
    if "MEDBRIDGE_DEFINITIONS" not in os.environ:
        pytest.skip(
            "MEDBRIDGE_DEFINITIONS is not set: the summary table was NOT compared (tools/generate_fhir_summary.py)"
        )
    for name, content in tables(Path(os.environ["MEDBRIDGE_DEFINITIONS"])).items():
        assert (TABLES / name).read_bytes() == content
