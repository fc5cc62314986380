"""What must be known of a message before it is converted: how to answer it, whom it is about, when it happened.

Only fields of MSH, EVN, PID and MRG are looked at: this stands between a sender and its acknowledgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from medbridge.normalize.conversion import NormalizeError, Problem, Source
from medbridge.normalize.hl7v2.acknowledge import header_field
from medbridge.normalize.hl7v2.message import Element, Message, parse
from medbridge.normalize.hl7v2.times import TIME

RECORD_NUMBERS = ("MR", "PI")  # the identifier types that name a patient inside the hospital, as in the Patient's id


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
    """Never raises, whatever the bytes; of a message that cannot be parsed the header is read as far as that goes."""
    try:
        message = parse(raw, source.charset)
    except NormalizeError as error:
        named, accept, application = (header_field(raw, number, source.charset) for number in (10, 15, 16))
        return Glance(named, accept.upper(), application.upper(), fault=error.problem)
    header = message.header
    control_id = header.value(10)
    return Glance(
        control_id, header.value(15).upper(), header.value(16).upper(), tuple(dict.fromkeys(_patients(message))),
        _event_at(message, source),
        None if control_id else Problem("parse", "MSH-10", "a message control id is required"),
    )  # fmt: skip


def wanted(condition: str, *, good: bool) -> bool:
    """Whether an acknowledgement is to be sent (HL7 table 0155); a condition that is not valued asks for none."""
    return condition == "AL" or condition == ("SU" if good else "ER")


def _patients(message: Message) -> list[str]:
    people = [_record_number([cx for field in (3, 2, 4) for cx in pid.all(field)]) for pid in message.all("PID")]
    return [number for number in people + [_record_number(mrg.all(1)) for mrg in message.all("MRG")] if number]


def _record_number(identifiers: list[Element]) -> str:
    valued = [element for element in identifiers if element.part(1)]
    chosen = next((element for element in valued if element.part(5) in RECORD_NUMBERS), valued[0] if valued else None)
    return f"{chosen.part(1)} {chosen.raw(4)}" if chosen else ""


def _event_at(message: Message, source: Source) -> datetime | None:
    recorded = [segment.value(2) for segment in message.all("EVN")[:1]]
    return next(filter(None, (_moment(text, source) for text in (*recorded, message.header.value(7)))), None)


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
