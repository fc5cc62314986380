"""Resources as lines a person can read."""

from typing import Any

import pytest

from medbridge.desk import lines
from medbridge.fhir.parse import parse
from tests import build


@pytest.mark.parametrize(
    ("elements", "shown"),
    [
        ({}, "13.5 g/dL"),
        ({"valueQuantity": None, "valueString": "clear"}, "clear"),
        ({"valueQuantity": None, "valueInteger": 3}, "3"),
        ({"valueQuantity": None, "valueCodeableConcept": {"coding": [{"display": "Positive"}]}}, "Positive"),
        (
            {
                "valueQuantity": None,
                "valueRange": {"low": {"value": 1, "unit": "kg"}, "high": {"value": 2, "unit": "kg"}},
            },
            "1 kg – 2 kg",
        ),
        ({"interpretation": [{"coding": [{"code": "H", "display": "High"}]}]}, "13.5 g/dL · High"),
        ({"status": "preliminary"}, "13.5 g/dL · preliminary"),
    ],
)  # fmt: skip
def test_a_result_is_shown_with_its_unit(elements: dict[str, Any], shown: str) -> None:
    resource = {name: value for name, value in build.observation("Patient/a", **elements).items() if value is not None}
    assert lines.value(resource) == shown


def test_digits_are_shown_as_sent() -> None:
    raw = b'{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"mmol/L"}}'
    assert lines.value(parse(raw)) == "1.50 mmol/L"


def test_components_are_named() -> None:
    parts = [
        {"code": {"text": "Systolic"}, "valueQuantity": {"value": 120, "unit": "mmHg"}},
        {"code": {"text": "Diastolic"}, "valueQuantity": {"value": 80, "unit": "mmHg"}},
    ]
    shown = lines.value({"resourceType": "Observation", "component": parts})
    assert shown == "Systolic 120 mmHg · Diastolic 80 mmHg"


def test_a_patient_is_named_in_her_own_script() -> None:
    assert lines.title(build.patient(name=[{"text": "张爱丽"}])) == "张爱丽"
    assert lines.title(build.patient()) == "Alice Zhang"


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        ({"effectiveDateTime": "2024-03-01T08:30:00+08:00"}, "2024-03-01 08:30"),
        ({"onsetDateTime": "2019"}, "2019"),
        ({"period": {"start": "2024-03-01T08:00:00Z", "end": "2024-03-01T09:00:00Z"}}, "2024-03-01 08:00"),
        ({"period": {"start": "2024-03-01", "end": "2024-03-04"}}, "2024-03-01 – 2024-03-04"),
        ({"period": {"start": "2024-03-01"}}, "2024-03-01"),
        ({}, ""),
    ],
)
def test_dates_are_shown_as_precise_as_they_were_written(resource: dict[str, Any], shown: str) -> None:
    assert lines.when(resource) == shown


@pytest.mark.parametrize(
    "resource",
    [
        {"code": 3},
        {"code": [None]},
        {"name": "x"},
        {"valueQuantity": {"value": None}},
        {"content": ["x"]},
        {"period": {}},
    ],
)
def test_what_is_oddly_shaped_is_still_shown(resource: dict[str, Any]) -> None:
    for type in ("Observation", "Organization"):
        lines.title({"resourceType": type, **resource}), lines.value({"resourceType": type, **resource})
        lines.when(resource)
