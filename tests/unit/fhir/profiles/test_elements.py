"""What a profile says of single elements: how often, which type, which value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fhir.profiles.build import Json, at, errors, profile, rule
from tests.unit.fhir.resources import observation, patient

ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


def test_a_required_element() -> None:
    mine = profile("Patient", at("Patient.birthDate", min=1))
    assert errors(patient(), mine) == []
    assert errors(patient(birthDate=...), mine) == [("required", "Patient.birthDate")]


def test_a_primitive_with_only_an_extension_is_there() -> None:
    mine = profile("Patient", at("Patient.birthDate", min=1))
    assert errors(patient(birthDate=..., _birthDate=ABSENT), mine) == []


def test_a_required_element_inside_another_is_wanted_only_where_that_is() -> None:
    mine = profile("Patient", at("Patient.contact"), at("Patient.contact.gender", min=1))
    assert errors(patient(), mine) == []
    contacts = [{"gender": "male"}, {"name": {"family": "Liddell"}}]
    assert errors(patient(contact=contacts), mine) == [("required", "Patient.contact[1].gender")]


def test_more_than_the_profile_allows() -> None:
    mine = profile("Patient", at("Patient.name", max="1"))
    names = [{"family": "Liddell"}, {"family": "Hargreaves"}]
    assert errors(patient(name=names), mine) == [("structure", "Patient.name[1]")]


def test_an_element_the_profile_forbids() -> None:
    mine = profile("Patient", at("Patient.photo", max="0"), at("Patient.deceased[x]", max="0"))
    assert errors(patient(), mine) == []
    assert errors(patient(deceasedBoolean=False), mine) == [("structure", "Patient.deceasedBoolean")]


def test_a_choice_narrowed_to_one_type() -> None:
    mine = profile("Observation", at("Observation.value[x]", min=1, type=[{"code": "Quantity"}]))
    assert errors(observation(), mine) == []
    spoken = observation(valueQuantity=..., valueString="heavy")
    assert errors(spoken, mine) == [("structure", "Observation.valueString")]
    assert errors(observation(valueQuantity=...), mine) == [("required", "Observation.value")]


def test_an_element_of_a_narrowed_choice() -> None:
    mine = profile(
        "Observation",
        at("Observation.value[x]", type=[{"code": "Quantity"}]),
        at("Observation.value[x].code", min=1),
    )
    bare = observation(valueQuantity={"value": 72.5})
    assert errors(bare, mine) == [("required", "Observation.valueQuantity.code")]


CODE = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (CODE, []),
        ({"coding": [{"code": "x"}, {**CODE["coding"][0], "display": "Weight"}], "text": "Weight"}, []),
        ({"coding": [{"system": "http://loinc.org", "code": "8302-2"}]}, [("value", "Observation.code")]),
        ({"text": "Weight"}, [("value", "Observation.code")]),
    ],
)
def test_a_pattern_is_at_least_this(code: Json, says: Any) -> None:
    mine = profile("Observation", at("Observation.code", patternCodeableConcept=CODE))
    assert errors(observation(code=code), mine) == says


@pytest.mark.parametrize(("code", "says"), [(CODE, []), ({**CODE, "text": "Weight"}, [("value", "Observation.code")])])
def test_a_fixed_value_is_exactly_this(code: Json, says: Any) -> None:
    mine = profile("Observation", at("Observation.code", fixedCodeableConcept=CODE))
    assert errors(observation(code=code), mine) == says


def test_numbers_are_compared_as_numbers_and_booleans_are_none() -> None:
    mine = profile("Patient", at("Patient.multipleBirth[x]", fixedInteger=1))
    assert errors(patient(multipleBirthInteger=1), mine) == []
    assert errors(patient(multipleBirthBoolean=True), mine) == [("value", "Patient.multipleBirthBoolean")]


def test_a_string_longer_than_allowed() -> None:
    mine = profile("Patient", at("Patient.name"), at("Patient.name.family", maxLength=4))
    assert errors(patient(), mine) == [("too-long", "Patient.name[0].family")]


def test_must_support_is_no_rule_for_data() -> None:
    assert errors(patient(), profile("Patient", at("Patient.photo", mustSupport=True))) == []


def test_what_r4_says_already_is_not_said_again() -> None:
    mine = profile("Observation", at("Observation.status", min=1, max="1"))
    assert errors(observation(status=...), mine) == []


def test_an_invariant() -> None:
    mine = profile("Patient", at("Patient.name", constraint=[rule("family.exists() or text.exists()")]))
    assert errors(patient(), mine) == []
    assert errors(patient(name=[{"given": ["Alice"]}]), mine) == [("invariant", "Patient.name[0]")]
