"""HL7 v2 dates and times -> FHIR's, without inventing an offset or a precision."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

# DTM and TS: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ] (HL7 v2.5.1 section 2.A.22)
TIME = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\.\d{1,9})?)?)?)?)?)?\s*([+-](?:0\d|1[0-4])[0-5]\d)?",
    re.ASCII,
)
CLOCK = re.compile(r"([01]\d|2[0-3])([0-5]\d)(?:([0-5]\d)(\.\d{1,9})?)?(?:[+-]\d{4})?", re.ASCII)  # TM, section 2.A.75


class Ambiguous(ValueError):
    """A local time that happens twice, or never, on the day the clocks change."""


def date_time(text: str, zone: ZoneInfo | None, default_offset: str = "") -> str:
    """FHIR dateTime (or date, where the precision or the offset is missing).

    The offset is the one sent with the time; else that of `zone`, the sender's configured time zone; else
    `default_offset`, the offset of MSH-7, which HL7 makes the default of the whole message. With none of them the
    clock time means nothing to anyone else, so the date alone is kept. Seconds not sent are 00, as FHIR requires.

    Raises ValueError when it is no time, Ambiguous when `zone` cannot tell the offset.
    """
    match = TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    day_text = "-".join(part for part in (year, month, day) if part)
    date(int(year), int(month or 1), int(day or 1))
    if hour is None or minute is None:
        return day_text
    local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001
    where = offset or zone_offset(local, zone) or default_offset
    if not where:
        return day_text
    return f"{day_text}T{hour}:{minute}:{second or '00'}{fraction or ''}{where[:3]}:{where[-2:]}"


def day(text: str) -> str:
    """FHIR date: the day as written, whatever the time zone. Raises ValueError."""
    return date_time(text, None).partition("T")[0]


def clock(text: str) -> str:
    """FHIR time. Raises ValueError."""
    match = CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(text)
    hour, minute, second, fraction = match.groups()
    return f"{hour}:{minute}:{second or '00'}{fraction or ''}"


def offset_of(text: str) -> str:
    """The offset written in a time ("+0800"), "" if none."""
    match = TIME.fullmatch(text)
    return (match[8] or "") if match else ""


def zone_offset(local: datetime, zone: ZoneInfo | None) -> str:
    if zone is None:
        return ""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first != second or first is None:
        raise Ambiguous(local.isoformat())
    minutes = round(first.total_seconds() / 60)  # FHIR knows no seconds of offset; local mean times had them
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
