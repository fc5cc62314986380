from datetime import UTC, datetime

import pytest

from medbridge.fhir.dates import EARLIEST, LATEST, Prefix, compare, interval


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2022", utc(2022, 1, 1), utc(2022, 12, 31, 23, 59, 59, 999999)),
        ("2024-02", utc(2024, 2, 1), utc(2024, 2, 29, 23, 59, 59, 999999)),
        ("2024-02-03", utc(2024, 2, 3), utc(2024, 2, 3, 23, 59, 59, 999999)),
        ("2024-02-03T01:30:00+08:00", utc(2024, 2, 2, 17, 30), utc(2024, 2, 2, 17, 30, 0, 999999)),
        ("2024-02-03T01:30Z", utc(2024, 2, 3, 1, 30), utc(2024, 2, 3, 1, 30, 59, 999999)),
        ("2024-02-03T01:30:00.25Z", utc(2024, 2, 3, 1, 30, 0, 250000), utc(2024, 2, 3, 1, 30, 0, 259999)),
        ("2016-12-31T23:59:60Z", utc(2016, 12, 31, 23, 59, 59), utc(2016, 12, 31, 23, 59, 59, 999999)),
    ],
)
def test_a_date_is_the_interval_it_can_mean(text: str, low: datetime, high: datetime) -> None:
    assert interval(text) == (low, high)


@pytest.mark.parametrize(
    "text",
    ["", "22", "2022-13", "2023-02-29", "2022-1-1", "2022-01-01T25:00Z", "0000", "2022-01-01T10:00:60Z",
     "2022-01-01T10:00+99:00", "２０２２", "2022 "],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        interval(text)


def test_the_ends_of_time_do_not_overflow() -> None:
    assert interval("0001-01-01T00:00:00+14:00")[0] == EARLIEST
    assert interval("9999-12-31T23:59:59-12:00")[1] == LATEST
    assert interval("9999") == (utc(9999, 1, 1), LATEST)


@pytest.mark.parametrize(
    ("prefix", "searched", "row", "expected"),
    [
        ("eq", "2013", "2013-01-14", True),
        ("eq", "2013-01-14", "2013", False),
        ("ne", "2013-01-14", "2013", True),
        ("gt", "2013-01-14", "2013-01-14T10:00:00Z", False),
        ("gt", "2013-01-14", "2013-01-15", True),
        ("lt", "2013-01-14", "2013-01-13", True),
        ("ge", "2013-01-14", "2013-01-14T10:00:00Z", True),
        ("le", "2013-01-14", "2013-01-15", False),
        ("sa", "2013-01-14", "2013-01", False),
        ("eb", "2013-01-14", "2013-01-13", True),
        ("ap", "2013-01-14", "2013-01", True),
    ],
)
def test_prefixes_compare_intervals(prefix: Prefix, searched: str, row: str, expected: bool) -> None:
    assert compare(prefix, *interval(searched), *interval(row)) is expected
