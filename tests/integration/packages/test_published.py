"""US Core 6.1.0 and 7.0.0 and IPS 1.1.0: their own examples are right, and spoilt ones are found out.

Second opinion: each package brings what HL7's own (Java) validator said of each example when it was published.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from medbridge.fhir import validate
from medbridge.fhir.outcome import Issue
from tests.integration.packages import published
from tests.integration.packages.defects import IPS_DEFECTS, US_CORE_DEFECTS, Defect, spoilt
from tests.integration.packages.published import IPS, US_CORE_6, US_CORE_7


def errors(resource: dict[str, Any], name: str) -> list[Issue]:
    found = [*validate.issues(resource), *published.judged(resource, name)]
    return [issue for issue in found if issue.severity == "error"]


@pytest.mark.parametrize(("name", "count"), [(US_CORE_6, 183), (US_CORE_7, 214), (IPS, 40)])
def test_the_published_examples_are_valid(name: str, count: int) -> None:
    examples = published.examples(name)
    wrong = {file: found for file, example in examples.items() if (found := errors(example, name))}
    assert (len(examples), wrong) == (count, {})


@pytest.mark.parametrize("name", [US_CORE_6, US_CORE_7, IPS])
def test_hl7s_own_validator_found_no_error_in_them_either(name: str) -> None:
    opinion = published.contents(name)["other/validation-summary.json"]
    keys = [f"{example['resourceType']}/{example['id']}" for example in published.examples(name).values()]
    assert {key for key in keys if opinion.get(key, {"errors": 0})["errors"]} <= {"Observation/satO2-fiO2"}


def test_where_hl7_found_an_error_we_warn_as_the_package_says_extensible() -> None:
    """L/min is not among R4's units of vital signs; the published snapshot binds to them extensibly."""
    found = published.judged(published.examples(US_CORE_7)["Observation-satO2-fiO2.json"], US_CORE_7)
    place = "Observation.component[0].valueQuantity"
    assert [i.expression for i in found if i.severity == "warning"] == [place]


@pytest.mark.parametrize("defect", US_CORE_DEFECTS)
def test_a_defect_of_a_us_core_example_is_found(defect: str) -> None:
    _check(US_CORE_DEFECTS[defect], US_CORE_7)


@pytest.mark.parametrize("defect", IPS_DEFECTS)
def test_a_defect_of_an_ips_example_is_found(defect: str) -> None:
    _check(IPS_DEFECTS[defect], IPS)


def _check(defect: Defect, name: str) -> None:
    resource = spoilt(published.examples(name)[f"{defect.example}.json"], defect)
    found = [(issue.severity, issue.code, issue.expression) for issue in published.judged(resource, name)]
    assert (defect.severity, defect.code, defect.expression) in found


def test_no_example_however_mangled_breaks_the_judgement() -> None:
    """Values moved to where they do not belong: judge() answers, whatever the structure."""
    chance = random.Random(7)
    examples = list(published.examples(US_CORE_7).values()) + list(published.examples(IPS).values())
    for example in examples:
        mangled = _mangled(example, chance)
        for name in (US_CORE_7, IPS):
            assert isinstance(published.judged(mangled, name), list)


def _mangled(value: Any, chance: random.Random, top: bool = True) -> Any:
    if not top and chance.random() < 0.08:
        return chance.choice(
            [None, 1, 1.5, True, "x", "", [], {}, [None], [[]], {"": {}}, {"reference": 5}, {"coding": 1}]
        )
    if isinstance(value, dict):
        kept = ("resourceType", "meta", "id")
        return {k: v if top and k in kept else _mangled(v, chance, False) for k, v in value.items()}
    return [_mangled(item, chance, False) for item in value] if isinstance(value, list) else value
