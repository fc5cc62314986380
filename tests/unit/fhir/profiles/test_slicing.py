"""Slices: told by value, pattern, type, exists and profile (R4 profiling.html#slicing)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fhir.profiles.build import MINE, Json, at, errors, found, library, profile, sliced
from tests.unit.fhir.resources import bundle, observation, patient

SYSTOLIC, DIASTOLIC, CUFF = "8480-6", "8462-4", "8358-4"
PATTERN = ("pattern", "code")


def loinc(code: str) -> Json:
    return {"coding": [{"system": "http://loinc.org", "code": code}]}


def component(code: str, **more: Any) -> Json:
    return {"code": loinc(code), "valueQuantity": {"value": 120}, **more}


def pressure(*components: Json, **changes: Any) -> Json:
    return observation(valueQuantity=..., component=list(components), **changes)


def slice(name: str, code: str, **says: Any) -> list[Json]:
    path = f"Observation.component:{name}"
    return [at(path, **says), at(f"{path}.code", patternCodeableConcept=loinc(code))]


def panel(rules: str = "open", **says: Any) -> Json:
    return profile(
        "Observation",
        sliced("Observation.component", PATTERN, rules=rules, **says),
        *slice("systolic", SYSTOLIC, min=1, max="1"),
        at("Observation.component:systolic.value[x]", min=1),
        *slice("diastolic", DIASTOLIC, min=1, max="1"),
    )


GOOD = pressure(component(SYSTOLIC), component(DIASTOLIC))


def test_each_slice_has_its_items() -> None:
    assert errors(GOOD, panel()) == []


def test_a_slice_that_is_missing() -> None:
    assert errors(pressure(component(SYSTOLIC)), panel()) == [("required", "Observation.component")]
    assert errors(observation(), panel()) == [("required", "Observation.component")] * 2


def test_too_many_items_of_one_slice() -> None:
    twice = pressure(component(SYSTOLIC), component(SYSTOLIC), component(DIASTOLIC))
    assert errors(twice, panel()) == [("structure", "Observation.component")]


def test_what_is_required_inside_one_slice_is_not_required_in_the_others() -> None:
    bare = {"code": loinc(DIASTOLIC)}
    assert errors(pressure(component(SYSTOLIC), bare), panel()) == []
    bare = {"code": loinc(SYSTOLIC)}
    assert errors(pressure(bare, component(DIASTOLIC)), panel()) == [("required", "Observation.component[0].value")]


WITH_CUFF = pressure(component(CUFF), component(SYSTOLIC), component(DIASTOLIC))


def test_open_slicing_lets_others_stand_anywhere() -> None:
    assert errors(WITH_CUFF, panel()) == []


def test_closed_slicing_lets_no_others_in() -> None:
    assert errors(WITH_CUFF, panel("closed")) == [("structure", "Observation.component[0]")]


def test_open_at_end_wants_the_others_last() -> None:
    assert errors(WITH_CUFF, panel("openAtEnd")) == [("structure", "Observation.component[0]")]
    last = pressure(component(SYSTOLIC), component(DIASTOLIC), component(CUFF))
    assert errors(last, panel("openAtEnd")) == []


def test_ordered_slices_come_in_their_order() -> None:
    ordered = panel(ordered=True)
    assert errors(GOOD, ordered) == []
    turned = pressure(component(DIASTOLIC), component(SYSTOLIC))
    assert errors(turned, ordered) == [("structure", "Observation.component[0]")]


CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def test_slices_told_by_two_values() -> None:
    path = "Observation.category:vital"
    mine = profile(
        "Observation",
        sliced("Observation.category", ("value", "coding.code"), ("value", "coding.system")),
        at(path, min=1),
        at(f"{path}.coding"),
        at(f"{path}.coding.system", fixedUri=CATEGORY),
        at(f"{path}.coding.code", fixedCode="vital-signs"),
    )
    right = [{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}]
    other = [{"coding": [{"system": CATEGORY, "code": "laboratory"}]}]
    assert errors(observation(category=right), mine) == []
    assert errors(observation(category=other), mine) == [("required", "Observation.category")]


def test_slices_told_by_type() -> None:
    mine = profile(
        "Observation",
        sliced("Observation.value[x]", ("type", "$this")),
        at("Observation.value[x]:valueQuantity", type=[{"code": "Quantity"}]),
        at("Observation.value[x]:valueQuantity.unit", min=1),
    )
    assert errors(observation(), mine) == []
    assert errors(observation(valueQuantity=..., valueString="much"), mine) == []
    unitless = observation(valueQuantity={"value": 1})
    assert errors(unitless, mine) == [("required", "Observation.valueQuantity.unit")]


def test_slices_told_by_whether_an_element_exists() -> None:
    mine = profile(
        "Patient",
        sliced("Patient.name", ("exists", "period")),
        at("Patient.name:former", max="1"),
        at("Patient.name:former.period", min=1),
        at("Patient.name:today", max="1"),
        at("Patient.name:today.period", max="0"),
    )
    former, today = {"family": "Liddell", "period": {"end": "2010"}}, {"family": "Hargreaves"}
    assert errors(patient(name=[former, today]), mine) == []
    assert errors(patient(name=[today, today]), mine) == [("structure", "Patient.name")]


FULL = "urn:uuid:8b0c1b0e-0000-4000-8000-000000000001"


def document(target: Json | None) -> Json:
    report = {
        "resourceType": "DiagnosticReport",
        "meta": {"profile": [f"{MINE}/report"]},
        "status": "final",
        "code": loinc("1"),
        "result": [{"reference": FULL}],
    }
    entries = [{"fullUrl": "urn:uuid:2", "resource": report}]
    return bundle("collection", *entries, *([{"fullUrl": FULL, "resource": target}] if target else []))


def by_profile() -> list[Json]:
    targets = [{"code": "Reference", "targetProfile": [f"{MINE}/weight"]}]
    report = profile(
        "DiagnosticReport",
        sliced("DiagnosticReport.result", ("profile", "resolve()")),
        at("DiagnosticReport.result:weight", min=1, type=targets),
        name="report",
    )
    weight = profile("Observation", at("Observation.code", patternCodeableConcept=loinc("29463-7")), name="weight")
    return [report, weight, profile("Bundle")]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (observation(), []),
        (observation(code=loinc("8302-2")), [("required", "Bundle.entry[0].resource.result")]),
        (patient(), [("required", "Bundle.entry[0].resource.result")]),
    ],
)
def test_slices_told_by_the_profile_of_what_is_referenced(target: Json, says: Any) -> None:
    assert errors(document(target), *by_profile()) == says


def test_a_slice_that_cannot_be_told_is_no_error_but_said() -> None:
    assert found(document(None), *by_profile()) == [("information", "incomplete", None)]


def test_a_slice_of_a_slice() -> None:
    path = "Patient.identifier:national"
    mine = profile(
        "Patient",
        sliced("Patient.identifier", ("value", "system")),
        sliced(path, ("value", "use"), max="1"),
        at(f"{path}.system", fixedUri="urn:n"),
        at(f"{path}/official"),
        at(f"{path}/official.use", fixedCode="official"),
        at(f"{path}/official.period", min=1),
    )
    assert errors(patient(identifier=[{"system": "urn:n", "use": "old"}]), mine) == []
    official = [{"system": "urn:n", "use": "official"}]
    assert errors(patient(identifier=official), mine) == [("required", "Patient.identifier[0].period")]


def test_a_discriminator_that_is_not_understood_is_a_gap_and_judges_nothing() -> None:
    mine = profile("Patient", sliced("Patient.name", ("value", "given.first()")), at("Patient.name:x", min=1))
    made = library(mine).profile(f"{MINE}/mine")
    assert made is not None
    assert "given.first()" in made.gaps[0]
    assert errors(patient(), mine) == []
