"""R4's own profiles and value sets, which packages name without bringing them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import medbridge.fhir
from medbridge.fhir.profiles import core
from medbridge.fhir.profiles.judge import judge
from medbridge.fhir.profiles.library import Library
from tests.unit.fhir.resources import observation

VITALS = "http://hl7.org/fhir/StructureDefinition/vitalsigns"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
NOTHING_LOADED = Library([], {}.__getitem__)


def test_r4s_own_profiles_need_no_package() -> None:
    found = judge(observation(meta={"profile": [VITALS]}), [], NOTHING_LOADED)
    assert [(i.severity, i.expression) for i in found if i.severity == "error"] == [("error", "Observation.category")]
    vital = observation(category=[{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}])
    assert [i for i in judge(vital, [VITALS], NOTHING_LOADED) if i.severity == "error"] == []


def test_a_type_of_r4_as_a_profile_says_nothing() -> None:
    patient = "http://hl7.org/fhir/StructureDefinition/Observation"
    assert judge(observation(), [patient], NOTHING_LOADED) == []


def test_r4s_own_value_sets_need_no_package() -> None:
    units = core.codes("http://hl7.org/fhir/ValueSet/ucum-vitals-common|4.0.1")
    assert units is not None
    assert units.holds("http://unitsofmeasure.org", "kg")


def test_value_sets_that_grow_without_r4_are_not_kept() -> None:
    assert core.codes("http://terminology.hl7.org/ValueSet/v3-ActReason") is None


@pytest.mark.skipif("MEDBRIDGE_DEFINITIONS" not in os.environ, reason="NOT RUN: MEDBRIDGE_DEFINITIONS is not set")
def test_the_shipped_table_is_what_the_generator_writes() -> None:
    from tools.generate_fhir_core import main

    shipped = Path(medbridge.fhir.__file__ or "").parent / "tables" / "core.json"
    assert main(Path(os.environ["MEDBRIDGE_DEFINITIONS"])) == shipped.read_bytes()
