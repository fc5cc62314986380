"""Dates of FHIR as intervals, and how two intervals compare in a search (FHIR R4 search.html#date)."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]

# Open ends of a Period. One day inside what datetime can hold, so that showing them in any time zone cannot overflow.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC)

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)
_MICROSECOND = timedelta(microseconds=1)


def interval(text: str) -> tuple[datetime, datetime]:
    """First and last microsecond, in UTC, that a FHIR date, dateTime or instant can mean. ValueError if it is none.

    A date without a time zone is taken as UTC. A time may stop at the minute, as searches may write it.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a FHIR date or dateTime")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if hour is None:
        return _whole_days(int(year), month, day)
    digits = (fraction or "")[:6]
    # A leap second is the last second of its minute: datetime has no 60th.
    seconds = min(int(second or 0), 59) if second != "60" or minute == "59" else 60
    low = datetime(
        int(year), int(month), int(day), int(hour), int(minute), seconds, int(digits.ljust(6, "0")), _zone(zone)
    )
    width = timedelta(minutes=1) if second is None else timedelta(microseconds=10 ** (6 - len(digits)))
    return _in_utc(low), _in_utc(low + (width - _MICROSECOND))


def _whole_days(year: int, month: str | None, day: str | None) -> tuple[datetime, datetime]:
    first, last = int(month or 1), int(month or 12)
    low = datetime(year, first, int(day or 1), tzinfo=UTC)
    high = datetime(year, last, int(day or monthrange(year, last)[1]), 23, 59, 59, 999999, UTC)
    return _clamped(low), _clamped(high)


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)


def _in_utc(moment: datetime) -> datetime:
    try:
        return _clamped(moment.astimezone(UTC))
    except OverflowError:
        return EARLIEST if moment.year == 1 else LATEST


def _clamped(moment: datetime) -> datetime:
    return min(max(moment, EARLIEST), LATEST)


def compare(prefix: Prefix, low: datetime, high: datetime, row_low: datetime, row_high: datetime) -> bool:
    """Whether a row's interval satisfies prefix and searched interval; records/search.py says the same in SQL."""
    match prefix:
        case "eq":
            return low <= row_low and row_high <= high
        case "ne":
            return not (low <= row_low and row_high <= high)
        case "gt":
            return row_high > high
        case "lt":
            return row_low < low
        case "ge":
            return row_high >= low
        case "le":
            return row_low <= high
        case "sa":
            return row_low > high
        case "eb":
            return row_high < low
        case "ap":
            return row_low <= high and low <= row_high


def widened(low: datetime, high: datetime) -> tuple[datetime, datetime]:
    """The interval that `ap` compares with: as long again on either side. R4 leaves the width to the server."""
    length = high - low
    try:
        return _clamped(low - length), _clamped(high + length)
    except OverflowError:
        return EARLIEST, LATEST
