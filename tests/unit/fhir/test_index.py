import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.dates import LATEST
from medbridge.fhir.index import coding_terms, index
from medbridge.fhir.parameters import _TABLES, CLINICAL_DATE
from medbridge.fhir.terms import fold, term
from tools.generate_fhir_search import FOLDER, OUTPUT, rendered, table


def found(type: str, **elements: Any) -> Any:
    return index({"resourceType": type, "id": "x", **elements})


def test_a_token_is_found_with_and_without_its_system() -> None:
    coded = found(
        "Observation", code={"coding": [{"system": "http://loinc.org", "code": "8302-2"}, {"code": "height"}]}
    )
    assert {"code=8302-2", "code=http://loinc.org|8302-2", "code=http://loinc.org|"} <= set(coded.terms)
    assert {"code=height", "code=|height"} <= set(coded.terms)
    assert "code=|8302-2" not in coded.terms


def test_references_are_found_by_type_and_by_id() -> None:
    terms = found("Observation", subject={"reference": "Patient/alice/_history/3"}).terms
    assert {"subject=Patient/alice", "subject=alice", "patient=Patient/alice", "patient=alice"} <= set(terms)


def test_patient_finds_only_patients() -> None:
    assert "patient=g" not in found("Observation", subject={"reference": "Group/g"}).terms


def test_phone_finds_only_phones() -> None:
    telecom = [{"system": "phone", "value": "555"}, {"system": "email", "value": "a@b"}]
    terms = found("Patient", telecom=telecom).terms
    assert {"phone=555", "email=a@b", "telecom=555", "telecom=a@b"} <= set(terms)
    assert "phone=a@b" not in terms


def test_codes_booleans_canonicals_and_labels() -> None:
    meta = {"tag": [{"system": "s", "code": "t"}], "profile": ["http://p|1"], "source": "urn:x"}
    terms = found("Patient", gender="female", active=True, meta=meta).terms
    assert {
        "gender=female",
        "active=true",
        "_tag=s|t",
        "_profile=http://p",
        "_profile=http://p|1",
        "_source=urn:x",
    } <= set(terms)


@pytest.mark.parametrize(
    ("elements", "deceased"),
    [({}, "false"), ({"deceasedBoolean": False}, "false"), ({"deceasedDateTime": "2020"}, "true")],
)
def test_deceased_is_true_of_a_date_of_death(elements: dict[str, Any], deceased: str) -> None:
    assert f"deceased={deceased}" in found("Patient", **elements).terms


def test_a_long_value_is_its_hash() -> None:
    assert term("url", "é" * 300) == "url=" + term("x", "é" * 300).removeprefix("x=")
    assert len(term("url", "é" * 300)) == len("url=") + 64
    assert term("url", "e" * 400) == "url=" + "e" * 400


def test_terms_are_distinct() -> None:
    coding = {"system": "s", "code": "c"}
    terms = found("Observation", code={"coding": [coding, coding]}).terms
    assert len(terms) == len(set(terms))


def test_names_are_folded_and_exact_beside() -> None:
    alice = found("Patient", name=[{"family": "Müller", "given": ["Anne  Marie"]}])
    assert {("family", "muller"), ("name", "muller"), ("given", "anne marie")} <= set(alice.strings)
    assert "family:exact=Müller" in alice.terms


def test_a_chinese_name_is_found_in_characters_and_in_pinyin() -> None:
    strings = set(found("Patient", name=[{"family": "张", "given": ["三"]}]).strings)
    assert {
        ("name", "张三"),
        ("name", "zhangsan"),
        ("name", "zhang san"),
        ("family", "zhang"),
        ("given", "san"),
    } <= strings


def test_the_u_with_dots_is_spelled_three_ways() -> None:
    strings = set(found("Patient", name=[{"text": "吕布"}]).strings)
    assert {("name", "lvbu"), ("name", "lubu"), ("name", "lyubu")} <= strings


def test_folding_removes_case_accents_and_spaces() -> None:
    assert [fold(t) for t in ("  ÉLÉONORE\tD'Arc ", "Straße", "ＡＢＣ")] == ["eleonore d'arc", "strasse", "abc"]


def test_a_patient_is_in_its_own_compartment_whomever_it_links() -> None:
    alice = found("Patient", link=[{"other": {"reference": "Patient/old"}, "type": "replaces"}])
    assert (alice.patient, alice.several) == ("x", False)


@pytest.mark.parametrize(
    ("type", "elements"),
    [
        ("Observation", {"subject": {"reference": "Patient/alice"}}),
        ("Coverage", {"beneficiary": {"reference": "Patient/alice"}}),
        ("Provenance", {"target": [{"reference": "Observation/1"}, {"reference": "Patient/alice"}]}),
        ("AuditEvent", {"entity": [{"what": {"reference": "Patient/alice"}}]}),
        ("Device", {"patient": {"reference": "Patient/alice"}}),
    ],
)
def test_the_compartment_comes_from_the_types_references(type: str, elements: dict[str, Any]) -> None:
    assert found(type, **elements).patient == "alice"


def test_a_resource_that_speaks_of_two_patients_is_nobodys() -> None:
    both = found("Observation", subject={"reference": "Patient/alice"}, performer=[{"reference": "Patient/mother"}])
    assert (both.patient, both.several) == (None, True)


def test_a_second_patient_in_an_extension_counts_too() -> None:
    hidden = [{"url": "http://e", "valueReference": {"reference": "Patient/mother"}}]
    assert found("Observation", subject={"reference": "Patient/alice"}, extension=hidden).several


def test_an_absolute_or_unresolved_reference_gives_no_compartment() -> None:
    elsewhere = found("Observation", subject={"reference": "https://a.example/fhir/Patient/9"})
    assert (elsewhere.patient, elsewhere.several) == (None, False)


def test_the_clinical_date_is_an_interval() -> None:
    seen = found("Observation", effectiveDateTime="2022")
    assert seen.low == datetime(2022, 1, 1, tzinfo=UTC)
    assert seen.high == datetime(2022, 12, 31, 23, 59, 59, 999999, UTC)


def test_an_encounter_without_an_end_goes_on() -> None:
    assert found("Encounter", period={"start": "2022-01-01"}).high == LATEST


def test_a_condition_without_onset_is_dated_by_its_record_and_says_so() -> None:
    recorded = found("Condition", recordedDate="2022-05")
    assert recorded.low == datetime(2022, 5, 1, tzinfo=UTC)
    assert ":clinical-date=recorded-date" in recorded.terms


def test_a_timing_spans_its_events() -> None:
    seen = found("Observation", effectiveTiming={"event": ["2020-01-01", "2021-01-01"]})
    assert seen.low == datetime(2020, 1, 1, tzinfo=UTC)
    assert seen.high == datetime(2021, 1, 1, 23, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    "wrong", [None, 1, "x", [], {}, [[]], [None], {"coding": 3}, {"coding": [7]}, {"reference": 5}]
)
def test_elements_of_the_wrong_shape_are_passed_over(wrong: Any) -> None:
    for name in (
        "code",
        "subject",
        "status",
        "effectivePeriod",
        "effectiveDateTime",
        "effectiveTiming",
        "meta",
        "component",
    ):
        assert found("Observation", **{name: wrong}).patient is None
    for name in ("name", "telecom", "address", "gender", "active", "birthDate", "identifier", "meta"):
        assert found("Patient", **{name: wrong}).low is None


def test_labels_kept_beside_a_resource_have_the_same_terms() -> None:
    assert coding_terms("_security", {"system": "s", "code": "R"}) == ["_security=R", "_security=s|R", "_security=s|"]


def test_every_clinical_date_is_a_date_parameter_of_its_type() -> None:
    wrong = [(t, n) for t, names in CLINICAL_DATE.items() for n in names if _TABLES[t][n].kind != "date"]
    assert not wrong


def test_the_table_is_what_the_definitions_say() -> None:
    folder = os.environ.get("MEDBRIDGE_DEFINITIONS")
    if not folder:
        pytest.skip(
            "MEDBRIDGE_DEFINITIONS is not set: the search table was NOT compared (tools/generate_fhir_search.py)"
        )
    assert OUTPUT.read_text(encoding="utf-8") == rendered(table(Path(folder) / FOLDER))


def test_the_table_is_readable_json() -> None:
    assert len(json.loads(OUTPUT.read_text(encoding="utf-8"))["parameters"]) > 130
