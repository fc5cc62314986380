"""Who a table is about: names, numbers and the patients that results only mention."""

import pytest

from medbridge.normalize.conversion import Conversion, NormalizeError, Source
from medbridge.normalize.tabular import convert

NORTH = Source("north", "America/Los_Angeles")
RENJI = Source("renji", "Asia/Shanghai")
RESULTS = "patient_number,name,code,time,value"


def table(*lines: str, source: Source = RENJI) -> Conversion:
    return convert("\n".join(lines).encode(), source)


def types(conversion: Conversion) -> list[str]:
    return [each["resourceType"] for each in conversion.resources]


def test_results_mention_each_patient_once_and_by_number_and_name_alone() -> None:
    conversion = table(RESULTS, "RJ1,张爱丽,GLU,2026-06-18,8.9", "RJ1,张爱丽,CREA,2026-06-18,68")
    assert types(conversion) == ["Patient", "Observation", "Observation"]
    patient = conversion.resources[0]
    assert patient["name"] == [{"text": "张爱丽"}]
    assert patient.keys() == {"resourceType", "id", "identifier", "name"}


def test_a_patient_of_bad_rows_alone_is_not_mentioned() -> None:
    conversion = table(RESULTS, "RJ1,张爱丽,GLU,2026-06-18,8.9", "RJ2,陈国强,GLU,18/06/26,5.1")
    assert types(conversion) == ["Patient", "Observation"]
    assert [each.place for each in conversion.problems] == ["row 3, column time"]


def test_one_number_in_two_hospitals_is_two_patients() -> None:
    lines = ("patient_number,birth_date", "1001,1985-03-14")
    north, renji = (table(*lines, source=source).resources[0]["id"] for source in (NORTH, RENJI))
    assert north != renji


def test_a_second_name_is_kept_beside_the_first() -> None:
    conversion = table("MRN,Last name,First name,Also known as,DOB", "NB-20391,Zhang,Alice,张爱丽,1985-03-14")
    assert conversion.resources[0]["name"] == [{"family": "Zhang", "given": ["Alice"]}, {"text": "张爱丽"}]


@pytest.mark.parametrize(
    "number", ["110199198503140381", "1.10199E+17", "110199850314038"], ids=["check_digit", "spreadsheet", "15_digits"]
)
def test_a_wrong_resident_id_is_told_with_its_column(number: str) -> None:
    header = "patient_number,birth_date,resident_id"
    conversion = table(header, "RJ1,1985-03-14,", f"RJ2,1985-03-14,{number}")
    assert [each.place for each in conversion.problems] == ["row 3, column resident_id"]


def test_a_time_that_the_change_of_clocks_repeats_is_told_not_guessed() -> None:
    good, twice = "NB1,Alice,GLU,2025-11-02 03:30,148", "NB1,Alice,GLU,2025-11-02 01:30,140"
    conversion = table(RESULTS, good, twice, source=NORTH)
    assert [each.place for each in conversion.problems] == ["row 3, column time"]


def test_a_time_without_a_known_zone_keeps_its_date_alone() -> None:
    conversion = table(RESULTS, "RJ1,张爱丽,GLU,2026-06-18 08:45,8.9", source=Source("renji"))
    assert conversion.resources[1]["effectiveDateTime"] == "2026-06-18"


@pytest.mark.parametrize(
    ("lines", "place"),
    [(("patient_number,birth_date",), "row 2"), (("patient_number,birth_date", "RJ1,1985-03-\x0114"), "row 2")],
    ids=["header_alone", "control_character"],
)
def test_a_table_that_cannot_be_taken_is_refused_with_the_place(lines: tuple[str, ...], place: str) -> None:
    with pytest.raises(NormalizeError) as refused:
        table(*lines)
    assert refused.value.problem.place == place
