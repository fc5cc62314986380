from zoneinfo import ZoneInfo

import pytest

from medbridge.normalize.conversion import NormalizeError, Source
from medbridge.normalize.hl7v2.times import clock, date_time
from tests.unit.normalize.messages import adt, converted, resources

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026", "2026"),
        ("202603", "2026-03"),
        ("20260312", "2026-03-12"),
        ("2026031208", "2026-03-12"),
        ("202603120845-0700", "2026-03-12T08:45:00-07:00"),
        ("20260312084500.1230+0800", "2026-03-12T08:45:00.1230+08:00"),
        ("20260312084500", "2026-03-12"),
    ],
)
def test_precision_and_offset_are_those_sent(sent: str, kept: str) -> None:
    assert date_time(sent, None) == kept


def test_the_configured_zone_supplies_the_offset_of_that_day() -> None:
    assert date_time("20260618083000", SHANGHAI) == "2026-06-18T08:30:00+08:00"
    assert date_time("20260115120000", NEW_YORK) == "2026-01-15T12:00:00-05:00"
    assert date_time("20260715120000", NEW_YORK) == "2026-07-15T12:00:00-04:00"


def test_a_sent_offset_wins_over_the_configured_zone() -> None:
    assert date_time("20260618083000+0000", SHANGHAI).endswith("+00:00")


@pytest.mark.parametrize("sent", ["20261101013000", "20260308023000"])
def test_an_hour_that_happens_twice_or_never_keeps_its_date_and_is_reported(sent: str) -> None:
    conversion = converted(adt(pv1={44: sent}, sent="20261101"), Source("north", "America/New_York"))
    assert conversion.resources[1]["period"]["start"] == f"{sent[:4]}-{sent[4:6]}-{sent[6:8]}"
    assert "clocks change" in conversion.problems[0].reason


@pytest.mark.parametrize(
    "sent", ["20260231", "20261301", "0000", "yesterday", "2026-03-12", "20260312250000+0800", "²⁰²⁶"]
)
def test_what_is_no_time_is_refused(sent: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        date_time(sent, None)


def test_the_offset_of_msh_7_is_the_default_of_the_message() -> None:
    encounter = resources(adt(pv1={44: "20260312084500"}), "Encounter")[0]
    assert encounter["period"]["start"] == "2026-03-12T08:45:00-07:00"


def test_without_any_offset_only_the_date_is_kept() -> None:
    encounter = resources(adt(pv1={44: "20260312084500"}, sent="20260312084711"), "Encounter")[0]
    assert encounter["period"]["start"] == "2026-03-12"


def test_a_time_of_day_has_no_zone() -> None:
    assert (clock("0845"), clock("084501.5")) == ("08:45:00", "08:45:01.5")


def test_a_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(NormalizeError, match="Mars/Olympus"):
        converted(adt(), Source("north", "Mars/Olympus"))
