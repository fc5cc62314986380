"""Invariants of profiles in FHIRPath, and expressions that are more than can be evaluated."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fhir.profiles.build import (
    MINE,
    SETS,
    Json,
    at,
    concepts,
    errors,
    found,
    library,
    profile,
    rule,
    value_set,
)
from tests.unit.fhir.resources import observation, patient


def ruled(expression: str, severity: str = "error") -> Json:
    return profile("Observation", at("Observation.subject", constraint=[rule(expression, severity)]))


def test_an_invariant_that_does_not_hold_names_its_element() -> None:
    assert errors(observation(), ruled("display.exists()")) == [("invariant", "Observation.subject")]


@pytest.mark.parametrize("expression", ["reference.exists()", "reference", "%resource.status = 'final'", "true"])
def test_an_invariant_that_holds(expression: str) -> None:
    assert errors(observation(), ruled(expression)) == []


def test_nothing_at_all_is_not_true() -> None:
    assert errors(observation(), ruled("display = 'x'")) == [("invariant", "Observation.subject")]


def test_a_warning_stays_a_warning() -> None:
    assert found(observation(), ruled("display.exists()", "warning")) == [
        ("warning", "invariant", "Observation.subject")
    ]


def test_the_type_of_a_choice_is_known() -> None:
    mine = profile("Observation", at("Observation.value[x]", constraint=[rule("ofType(Quantity).code = 'g'")]))
    assert errors(observation(), mine) == [("invariant", "Observation.valueQuantity")]


@pytest.mark.parametrize("expression", ["subject..display", "(true", "name.a b", "'open"])
def test_what_is_no_fhirpath_is_a_gap(expression: str) -> None:
    made = library(ruled(expression)).profile(f"{MINE}/mine")
    assert made is not None
    assert "own-1" in made.gaps[0]
    assert found(observation(), ruled(expression)) == []


@pytest.mark.parametrize("expression", ["lowBoundary().exists()", "resolve().exists()", "htmlChecks()"])
def test_what_cannot_be_evaluated_is_said_not_refused(expression: str) -> None:
    assert found(observation(), ruled(expression)) == [("information", "incomplete", None)]


def test_resolve_finds_what_came_along() -> None:
    inside = {**observation(subject={"reference": "#alice"}), "contained": [patient(id="alice")]}
    assert errors(inside, ruled("resolve() is Patient")) == []
    assert errors(inside, ruled("resolve() is Group")) == [("invariant", "Observation.subject")]


def test_member_of_asks_the_value_set() -> None:
    mine = profile("Patient", at("Patient.gender", constraint=[rule(f"memberOf('{SETS}/g')")]))
    genders = value_set("g", concepts("female", system="urn:g"))
    assert errors(patient(), mine, genders) == []
    assert errors(patient(gender="male"), mine, genders) == [("invariant", "Patient.gender")]


def test_conforms_to_asks_the_profile() -> None:
    inside = {**observation(subject={"reference": "#alice"}), "contained": [patient(id="alice")]}
    born: Any = profile("Patient", at("Patient.birthDate", min=1), name="born")
    dead: Any = profile("Patient", at("Patient.deceased[x]", min=1), name="dead")
    assert errors(inside, ruled(f"resolve().conformsTo('{MINE}/born')"), born) == []
    assert errors(inside, ruled(f"resolve().conformsTo('{MINE}/dead')"), dead) == [("invariant", "Observation.subject")]


def test_evaluating_leaves_the_resource_as_it_is() -> None:
    weight = observation()
    errors(weight, ruled("%resource.value.ofType(Quantity).value > 1"))
    assert weight == observation()
