from typing import Any

import pytest

from medbridge.fhir.digits import serialize
from tests.unit.normalize.messages import converted, observation, oru, resources

MG = "mg/dL^milligram per deciliter^UCUM"
QUANTITY = {"unit": "milligram per deciliter", "system": "http://unitsofmeasure.org", "code": "mg/dL"}


def value(kind: str, sent: str, units: str = "") -> Any:
    found = {k: v for k, v in observation(f2=kind, f5=sent, f6=units).items() if k.startswith("value")}
    return found or None


def test_a_number_keeps_its_digits() -> None:
    assert b'"value":1.50,' in serialize(observation(f2="NM", f5="1.50", f6=MG))


@pytest.mark.parametrize(
    ("sent", "number"), [("148", 148), ("-0.5", -0.5), ("+5", 5), (".5", 0.5), ("007", 7), ("5.", 5)]
)
def test_numbers(sent: str, number: float) -> None:
    assert value("NM", sent, MG) == {"valueQuantity": {"value": number, **QUANTITY}}


def test_a_limit_in_a_number_is_a_comparator() -> None:
    assert value("NM", "<0.01") == {"valueQuantity": {"value": 0.01, "comparator": "<"}}


def test_a_word_where_a_number_should_be_is_kept_as_text_and_reported() -> None:
    conversion = converted(oru({2: "NM", 5: "haemolysed"}))
    assert conversion.resources[-1]["valueString"] == "haemolysed"
    assert str(conversion.problems[0]) == "OBX-5: 'haemolysed' is not a value of type NM; kept as text"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("<^3", {"valueQuantity": {"value": 3, "comparator": "<"}}),
        ("^1^:^128", {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}),
        ("^2^-^4", {"valueRange": {"low": {"value": 2}, "high": {"value": 4}}}),
        ("^2^+", {"valueString": "2+"}),
        ("<>^5", {"valueString": "<>5"}),
    ],
)
def test_structured_numbers(sent: str, expected: dict[str, Any]) -> None:
    assert value("SN", sent) == expected


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        ("ST", "阴性(-)", {"valueString": "阴性(-)"}),
        ("FT", r"a\.br\  b", {"valueString": "a\n  b"}),
        ("TX", "one~two", {"valueString": "one\ntwo"}),
        ("DT", "20260312", {"valueDateTime": "2026-03-12"}),
        ("TS", "202603120845-0700", {"valueDateTime": "2026-03-12T08:45:00-07:00"}),
        ("TM", "0845", {"valueTime": "08:45:00"}),
        ("NR", "1^2", {"valueRange": {"low": {"value": 1}, "high": {"value": 2}}}),
        ("NM", '""', None),
        ("NM", "", None),
    ],
)
def test_other_values(kind: str, sent: str, expected: dict[str, Any] | None) -> None:
    assert value(kind, sent) == expected


def test_a_coded_value_keeps_the_local_code_beside_the_standard_one() -> None:
    concept = value("CWE", "278149003^Blood group A^SCT^A+^A pos^L")["valueCodeableConcept"]
    assert [(c["system"], c["code"]) for c in concept["coding"]] == [
        ("http://snomed.info/sct", "278149003"),
        ("urn:medbridge:north:L", "A+"),
    ]


def test_a_type_without_mapping_is_reported() -> None:
    assert converted(oru({2: "ED", 5: "^application^pdf^Base64^JVBERi0="})).problems[0].place == "OBX-5"


def test_a_unit_not_declared_as_ucum_is_only_text() -> None:
    assert value("NM", "7", "K/uL^^L") == {"valueQuantity": {"value": 7, "unit": "K/uL"}}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("70-99", 70, 99),
        ("3.9--6.1", 3.9, 6.1),
        ("4.0～6.0", 4.0, 6.0),
        ("-2 - 2", -2, 2),
        ("<16", None, 16),
        (">=60", 60, None),
        ("阴性", None, None),
        ("9-3", None, None),
    ],
)
def test_reference_range(text: str, low: float | None, high: float | None) -> None:
    (found,) = observation(f2="NM", f5="1", f7=text)["referenceRange"]
    assert (found["text"], found.get("low", {}).get("value"), found.get("high", {}).get("value")) == (text, low, high)


@pytest.mark.parametrize(("flag", "code"), [("H", "H"), ("LL", "LL"), ("↑", "H"), ("↓", "L"), ("A", "A"), ("S", "S")])
def test_abnormal_flags(flag: str, code: str) -> None:
    (found,) = observation(f2="NM", f5="1", f8=flag)["interpretation"]
    assert found["coding"][0]["code"] == code


def test_an_unknown_flag_is_kept_and_reported() -> None:
    conversion = converted(oru({2: "NM", 5: "1", 8: "!!"}))
    assert conversion.resources[-1]["interpretation"][0]["coding"][0]["code"] == "!!"
    assert conversion.problems[0].stage == "unmapped"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("P", "preliminary"),
        ("F", "final"),
        ("C", "corrected"),
        ("X", "cancelled"),
        ("W", "entered-in-error"),
        ("?", "unknown"),
    ],
)
def test_result_status(sent: str, status: str) -> None:
    assert observation(f2="NM", f5="1", f11=sent)["status"] == status


def test_preliminary_and_corrected_are_the_same_observation() -> None:
    first, second = observation(f2="NM", f5="1", f11="P"), observation(f2="NM", f5="2", f11="C")
    assert first["id"] == second["id"]


def test_sub_ids_tell_observations_apart() -> None:
    found = resources(
        oru({2: "NM", 5: "1", 4: "1"}, {2: "NM", 5: "2", 4: "2"}, {2: "NM", 5: "3", 4: "2"}), "Observation"
    )
    assert len({each["id"] for each in found}) == 3


def test_the_lines_of_a_report_are_one_observation() -> None:
    (found,) = resources(oru({2: "TX", 5: "CHEST"}, {2: "TX", 5: "Lungs clear."}), "Observation")
    assert found["valueString"] == "CHEST\nLungs clear."


def test_notes_belong_to_what_stands_before_them() -> None:
    raw = oru({2: "NM", 5: "1"}, after=("NTE|1|L|telephoned", "NTE|2|L|at 11:25"))
    assert resources(raw, "Observation")[0]["note"] == [{"text": "telephoned\nat 11:25"}]


def test_the_report_lists_its_observations() -> None:
    raw = oru(
        {2: "NM", 5: "1"},
        {2: "NM", 3: "WBC^White cells^L", 5: "2"},
        obr={8: "20260312091500-0700", 22: "202603121130-0700"},
    )
    (report,) = resources(raw, "DiagnosticReport")
    observations = resources(raw, "Observation")
    assert [each["reference"] for each in report["result"]] == [f"Observation/{each['id']}" for each in observations]
    assert (report["status"], report["issued"]) == ("final", "2026-03-12T11:30:00-07:00")
    assert report["effectivePeriod"]["end"] == "2026-03-12T09:15:00-07:00"
    assert observations[0]["effectiveDateTime"] == "2026-03-12T09:05:00-07:00"
    assert observations[0]["category"][0]["coding"][0]["code"] == "laboratory"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (oru({3: ""}), "OBX: Observation.code is left out: code is required; send it."),
        (oru({}, {3: ""}), "OBX[2]: Observation.code is left out: code is required; send it."),
        (oru(obr={4: ""}), "OBR: DiagnosticReport.code is left out: code is required; send it."),
    ],
)
def test_what_cannot_stand_alone_is_left_out_and_named_not_the_whole_message(raw: bytes, message: str) -> None:
    assert message in [str(problem) for problem in converted(raw).problems]


def test_a_report_without_any_number_is_known_by_patient_service_and_time() -> None:
    assert len(resources(oru({2: "NM", 5: "1"}, obr={3: ""}), "DiagnosticReport")) == 1
