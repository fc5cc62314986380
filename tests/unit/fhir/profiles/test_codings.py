"""Bindings to value sets that a package can list, and what it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fhir.profiles.build import COLOURS, SETS, Json, at, concepts, errors, found, profile, value_set
from tests.unit.fhir.resources import observation, patient

WARM = value_set("warm", concepts("red", "yellow"))


def bound(strength: str, name: str = "warm", **binding: Any) -> Json:
    return profile("Observation", at("Observation.code", binding={"strength": strength, "valueSet": f"{SETS}/{name}",
                                                                  **binding}))  # fmt: skip


def coloured(code: str, system: str = COLOURS) -> Json:
    return observation(code={"coding": [{"system": system, "code": code}]})


WRONG = ("code-invalid", "Observation.code")


def test_a_required_binding() -> None:
    assert errors(coloured("red"), bound("required"), WARM) == []
    assert errors(coloured("blue"), bound("required"), WARM) == [WRONG]
    assert errors(coloured("red", "http://example.org/other"), bound("required"), WARM) == [WRONG]


def test_one_coding_of_several_is_enough() -> None:
    both = observation(code={"coding": [{"system": "urn:x", "code": "1"}, {"system": COLOURS, "code": "red"}]})
    assert errors(both, bound("required"), WARM) == []


def test_text_alone_does_not_meet_a_required_binding() -> None:
    assert errors(observation(code={"text": "reddish"}), bound("required"), WARM) == [WRONG]


def test_text_alone_is_well_where_the_binding_is_extensible() -> None:
    assert found(observation(code={"text": "reddish"}), bound("extensible"), WARM) == []


def test_an_extensible_binding_warns() -> None:
    assert found(coloured("blue"), bound("extensible"), WARM) == [("warning", *WRONG)]


@pytest.mark.parametrize("strength", ["preferred", "example"])
def test_weaker_bindings_say_nothing(strength: str) -> None:
    assert found(coloured("blue"), bound(strength), WARM) == []


def test_the_largest_set_of_an_extensible_binding_is_a_limit() -> None:
    most = {"url": "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet",
            "valueCanonical": f"{SETS}/all"}  # fmt: skip
    mine, every = bound("extensible", extension=[most]), value_set("all", concepts("red", "yellow", "blue"))
    assert found(coloured("blue"), mine, WARM, every) == [("warning", *WRONG)]
    assert errors(coloured("grey"), mine, WARM, every) == [WRONG]


def test_a_plain_code_is_looked_for_in_all_systems() -> None:
    mine = profile("Patient", at("Patient.language", binding={"strength": "required", "valueSet": f"{SETS}/tongues"}))
    tongues = value_set("tongues", concepts("en", system="urn:a"), concepts("zh", system="urn:b"))
    assert errors(patient(language="zh"), mine, tongues) == []
    assert errors(patient(language="de"), mine, tongues) == [("code-invalid", "Patient.language")]


def test_a_quantity_is_judged_by_its_unit_code() -> None:
    mine = profile("Observation", at("Observation.value[x]", binding={"strength": "required", "valueSet": f"{SETS}/u"}))
    units = value_set("u", concepts("g", system="http://unitsofmeasure.org"))
    assert errors(observation(), mine, units) == [("code-invalid", "Observation.valueQuantity")]
    assert errors(observation(valueQuantity={"value": 1}), mine, units) == []


CANNOT_TELL = [("information", "incomplete", None)]
LOINC = {"system": "http://loinc.org", "filter": [{"property": "CLASS", "op": "=", "value": "CHEM"}]}


@pytest.mark.parametrize("strength", ["required", "extensible"])
@pytest.mark.parametrize(
    "include", [LOINC, {"system": "http://loinc.org"}, {"valueSet": ["http://example.org/absent"]}]
)
def test_what_no_package_can_list_is_said_not_refused(strength: str, include: Json) -> None:
    assert found(observation(), bound(strength, "big"), value_set("big", include)) == CANNOT_TELL


def test_a_value_set_that_is_not_loaded_is_said_not_refused() -> None:
    assert found(observation(), bound("required", "absent")) == CANNOT_TELL


def test_a_system_that_is_not_in_the_set_at_all_is_wrong_however_large_the_set_is() -> None:
    assert errors(coloured("red"), bound("required", "big"), value_set("big", LOINC)) == [WRONG]


def test_a_value_set_of_r4_itself_is_known() -> None:
    binding = {"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"}
    mine = profile("Patient", at("Patient.language", binding=binding))
    assert errors(patient(language="female"), mine) == []
    assert errors(patient(language="en"), mine) == [("code-invalid", "Patient.language")]
