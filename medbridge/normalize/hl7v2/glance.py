"""What must be known of a message before it is converted: how to answer it, whom it is about, when it happened.

Only MSH, EVN, PID and MRG are looked at: this stands between a sender and its acknowledgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from medbridge.normalize.conversion import NormalizeError, Problem, Source
from medbridge.normalize.hl7v2.charset import decode
from medbridge.normalize.hl7v2.message import LINE_END, Element, Segment, delimiters
from medbridge.normalize.hl7v2.times import TIME

RECORD_NUMBERS = ("MR", "PI")  # the identifier types that name a patient inside the hospital, as in the Patient's id
_SEEN = ("MSH", "EVN", "PID", "MRG")


@dataclass(frozen=True, slots=True)
class Glance:
    """accept, application: MSH-15 and MSH-16, "" when not valued. patients: the record numbers it speaks about.

    event_at: EVN-2, the recorded date and time of the event, else MSH-7; None when neither is a time of day. Without
    an offset or a configured zone the clock time is read as UTC: good for comparing messages of one sender only.
    fault: why it can never be taken, as far as the header shows.
    """

    control_id: str = ""
    accept: str = ""
    application: str = ""
    patients: tuple[str, ...] = ()
    event_at: datetime | None = None
    fault: Problem | None = None

    @property
    def enhanced(self) -> bool:
        """Enhanced acknowledgement mode (HL7 v2.5.1 section 2.9.3): either condition is valued."""
        return bool(self.accept or self.application)


def glance(raw: bytes, source: Source) -> Glance:
    """Never raises, whatever the bytes."""
    try:
        seen = _segments(raw, source.charset)
        header = seen["MSH"][0]
        control_id = header.value(10)
    except NormalizeError as error:
        return Glance(fault=error.problem)
    return Glance(
        control_id, header.value(15).upper(), header.value(16).upper(), tuple(dict.fromkeys(_patients(seen))),
        _event_at(seen, source),
        None if control_id else Problem("parse", "MSH-10", "a message control id is required"),
    )  # fmt: skip


def wanted(condition: str, *, good: bool) -> bool:
    """Whether an acknowledgement is to be sent (HL7 table 0155); a condition that is not valued asks for none."""
    return condition == "AL" or condition == ("SU" if good else "ER")


def _segments(raw: bytes, charset: str | None) -> dict[str, list[Segment]]:
    text, codec = decode(raw, charset)
    encoding = delimiters(text, codec)
    found: dict[str, list[Segment]] = {}
    for line in LINE_END.split(text) if "\n" in text else text.split("\r"):
        if line[:3] in _SEEN:
            found.setdefault(line[:3], []).append(Segment(line, encoding))
    return found


def _patients(seen: dict[str, list[Segment]]) -> list[str]:
    people = [_record_number([cx for field in (3, 2, 4) for cx in pid.all(field)]) for pid in seen.get("PID", [])]
    return [number for number in people + [_record_number(mrg.all(1)) for mrg in seen.get("MRG", [])] if number]


def _record_number(identifiers: list[Element]) -> str:
    valued = [element for element in identifiers if element.part(1)]
    chosen = next((element for element in valued if element.part(5) in RECORD_NUMBERS), valued[0] if valued else None)
    return f"{chosen.part(1)} {chosen.raw(4)}" if chosen else ""


def _event_at(seen: dict[str, list[Segment]], source: Source) -> datetime | None:
    events = [segment.value(2) for segment in seen.get("EVN", [])[:1]]
    return next(filter(None, (_moment(text, source) for text in (*events, seen["MSH"][0].value(7)))), None)


def _moment(text: str, source: Source) -> datetime | None:
    match = TIME.fullmatch(text)
    if match is None or match[4] is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        return datetime(
            int(year), int(month), int(day), int(hour), int(minute or 0), int(second or 0),
            int(float(fraction or 0) * 1_000_000), tzinfo=_zone(offset, source.timezone),
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, OverflowError):
        return None


def _zone(offset: str | None, configured: str | None) -> timezone | ZoneInfo:
    if offset:
        hours, minutes = int(offset[1:3]), int(offset[3:])
        return timezone((-1 if offset[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    try:
        return ZoneInfo(configured) if configured else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
