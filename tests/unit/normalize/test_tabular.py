"""Tables: read as they are saved, row by row, and each fault told with its row and column."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbridge.fhir.digits import serialize
from medbridge.fhir.validate import check
from medbridge.normalize.conversion import Conversion, NormalizeError, Source
from medbridge.normalize.tabular import convert

RENJI = Source("renji", "Asia/Shanghai")
PATIENTS = "patient_number,name,sex,birth_date"
RESULTS = "patient_number,code,code_system,time,value,unit,low,high"
CHINESE = "病历号,姓名,性别,出生日期,身份证号\nRJ1,张爱丽,女,1985年3月14日,11019919850314038x\n"


def table(*lines: str, source: Source = RENJI, kind: str | None = None) -> Conversion:
    return convert("\n".join(lines).encode(), source, kind=kind)


def refusal(raw: bytes, source: Source = RENJI, kind: str | None = None) -> str:
    with pytest.raises(NormalizeError) as refused:
        convert(raw, source, kind=kind)
    assert refused.value.problem.stage == "parse"
    return str(refused.value)


def result_of(*row: str) -> dict[str, Any]:
    """The Observation of a table of one row; before it stands the Patient it is about."""
    patient, observation = table(RESULTS, *row).resources
    assert observation["subject"] == {"reference": f"Patient/{patient['id']}"}
    return observation


def told(conversion: Conversion) -> list[tuple[str, str]]:
    return [(each.stage, each.place) for each in conversion.problems]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headings_in_any_usual_charset(charset: str) -> None:
    (patient,) = convert(CHINESE.encode(charset), RENJI).resources
    assert patient["name"] == [{"text": "张爱丽"}]
    assert (patient["gender"], patient["birthDate"]) == ("female", "1985-03-14")
    assert patient["identifier"][1]["system"] == "urn:oid:2.16.156.10011.1.3"
    assert patient["identifier"][1]["value"] == "11019919850314038X"


def test_the_charset_configured_for_a_source_is_the_only_one_tried() -> None:
    assert "not in utf-8" in refusal(CHINESE.encode("gb18030"), Source("renji", charset="utf-8"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(delimiter: str) -> None:
    raw = f"{PATIENTS}\r\nRJ1,Alice,F,1985-03-14\r\n".replace(",", delimiter).encode()
    assert convert(raw, RENJI).resources[0]["birthDate"] == "1985-03-14"


def test_a_quoted_cell_holds_delimiters_and_line_breaks() -> None:
    conversion = table(PATIENTS, 'RJ1,"Zhang,\n Alice",F,1985-03-14', "RJ2,Bob,x,1990-01-01")
    assert conversion.resources[0]["name"] == [{"text": "Zhang, Alice"}]
    assert conversion.problems[0].place == "row 4, column sex"


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("RJ1,Alice,7,1985-03-14", "row 3, column sex"),
        ("RJ1,Alice,F,14/03/85", "row 3, column birth_date"),
        ("RJ1,Alice,F,1985-02-30", "row 3, column birth_date"),
        ("RJ1,Alice,F,", "row 3, column birth_date"),
        (",Alice,F,1985-03-14", "row 3, column patient_number"),
        ("RJ1,Alice,F", "row 3"),
        ("RJ0,Alice,F,1985-03-14", "row 3"),
    ],
    ids=["sex_unknown", "date_ambiguous", "no_such_day", "date_empty", "number_empty", "cell_missing", "row_twice"],
)
def test_a_bad_row_is_told_and_the_others_go_on(row: str, place: str) -> None:
    conversion = table(PATIENTS, "RJ0,Bob,M,1980-01-01", row, "RJ9,Carol,F,1970-01-01")
    assert len(conversion.resources) == 2
    assert told(conversion) == [("convert", place)]


def test_a_resident_id_that_contradicts_the_birth_date_stops_its_row() -> None:
    wrong = CHINESE.splitlines()[1].replace("1985年", "1986年")
    conversion = table(*CHINESE.splitlines(), wrong)
    assert len(conversion.resources) == 1
    assert told(conversion) == [("convert", "row 3")]


def test_an_unknown_heading_is_told_once() -> None:
    assert told(table(PATIENTS + ",blood", "RJ1,Alice,F,1985-03-14,A")) == [("unmapped", "row 1, column blood")]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "a header row is required"),
        (b"RJ1,Alice,F,1985-03-14", "fits no kind"),
        (b"patient_number,name", "lacks birth_date"),
        (b"mrn,patient_number,birth_date", "two headings mean patient_number"),
        (b'patient_number,birth_date\n"RJ1,1985', "not readable as CSV"),
        (b"PK\x03\x04\x00\x00", "Excel"),
        (b"\x81\xff\xff", "save it as UTF-8"),
    ],
    ids=["empty", "no_header", "column_missing", "column_twice", "quote_open", "workbook", "undecodable"],
)
def test_a_file_that_is_no_such_table_is_refused(raw: bytes, sentence: str) -> None:
    assert sentence in refusal(raw)


def test_the_kind_is_told_by_the_header_or_by_the_caller() -> None:
    assert result_of("RJ1,4548-4,LN,2026-06-18,7.9,%,,")["resourceType"] == "Observation"
    assert "lacks code, time" in refusal(PATIENTS.encode(), kind="observations")
    assert "no kind of table" in refusal(PATIENTS.encode(), kind="claims")


def test_a_result_keeps_its_digits_and_its_time_gets_the_hospitals_zone() -> None:
    result = result_of("RJ1,4548-4,LN,2026/6/18 8:45,7.90,%,4.0,6.0")
    assert result["effectiveDateTime"] == "2026-06-18T08:45:00+08:00"
    assert b'"valueQuantity":{"value":7.90,"unit":"%","system":"http://unitsofmeasure.org"' in serialize(result)
    assert b'"referenceRange":[{"low":{"value":4.0' in serialize(result)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("<0.50", {"valueQuantity": {"value": 0.5, "comparator": "<", "unit": "mg/L"}}),
        ("阴性", {"valueString": "阴性 mg/L"}),
        ("1e5", {"valueString": "1e5 mg/L"}),
    ],
)
def test_a_value_is_a_quantity_only_where_it_is_a_number(cell: str, expected: dict[str, object]) -> None:
    result = result_of(f"RJ1,CRP,,2026-06-18,{cell},mg/L,,")
    assert {key: value for key, value in result.items() if key.startswith("value")} == expected


def test_a_result_is_of_the_patient_that_the_table_of_patients_registers() -> None:
    (patient,) = table(PATIENTS, "RJ1,Alice,F,1985-03-14").resources
    assert result_of("RJ1,CRP,,2026-06-18,1,mg/L,,")["subject"] == {"reference": f"Patient/{patient['id']}"}


def test_a_reversed_reference_range_is_told() -> None:
    good, reversed_range = "RJ1,CRP,,2026-06-18,1,mg/L,,", "RJ1,CRP,,2026-06-19,1,mg/L,9,2"
    assert told(table(RESULTS, good, reversed_range)) == [("convert", "row 3")]


def test_a_table_without_a_good_row_is_refused() -> None:
    with pytest.raises(NormalizeError, match="no row of the table is good"):
        table(PATIENTS, "RJ1,Alice,7,1985-03-14")


def test_the_same_table_twice_gives_the_same_bytes() -> None:
    first, second = (serialize(convert(CHINESE.encode(), RENJI).resources) for _ in range(2))
    assert first == second


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_converted_or_refused(raw: bytes) -> None:
    try:
        convert(raw, RENJI)
    except NormalizeError as refused:
        assert refused.problem.reason


CELLS = st.one_of(
    st.text(max_size=12), st.sampled_from(["2026-06-18", "9", "-1", "LN", "1e999", "F", "<", "0000-00-00"])
)


@given(st.sampled_from([PATIENTS, RESULTS]), st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=4))
def test_any_cells_give_valid_resources_or_problems(header: str, rows: list[list[str]]) -> None:
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    raw = "\n".join([header, *lines]).encode("utf-8", "replace")
    try:
        for resource in convert(raw, RENJI).resources:
            check(resource)
    except NormalizeError as refused:
        assert refused.problem.reason
