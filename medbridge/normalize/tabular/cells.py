"""Cells -> FHIR values. A reader raises ValueError with a sentence when the cell cannot be what its column says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from medbridge.normalize.hl7v2 import times
from medbridge.normalize.hl7v2.identifiers import OID
from medbridge.normalize.hl7v2.resident_id import check_resident_id
from medbridge.normalize.hl7v2.tables import CODE_SYSTEMS, V3
from medbridge.normalize.hl7v2.values import number as exact_number
from medbridge.normalize.tabular.words import CATEGORIES, INTERPRETATIONS, MARRIAGE, SEX, STATUSES

DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))",
    re.ASCII,
)
CLOCK = re.compile(
    r"(\d{1,2})(?::(\d\d)(?::(\d\d)(\.\d{1,9})?)?|时(\d\d)分(?:(\d\d)秒)?|(\d\d)(\d\d)?)\s?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


def text(cell: str, zone: ZoneInfo | None) -> str:
    return cell


def moment(cell: str, zone: ZoneInfo | None) -> str:
    """FHIR dateTime of the ways spreadsheets write one; without a known offset the date alone."""
    date = DAY.match(cell)
    clock = _clock(cell[date.end() :].lstrip("T ")) if date else None
    if date is None or clock is None:
        raise ValueError(f"{cell[:30]!r} is not a date such as 2026-03-12 or 2026-03-12 08:45")
    year, month, of_month = (part for part in date.groups() if part)
    try:
        return times.date_time(f"{year}{int(month):02}{int(of_month):02}{clock}", zone)
    except times.Ambiguous:
        raise ValueError(f"{cell} is not one moment in {zone}: the clocks change; send it with its offset") from None
    except ValueError:
        raise ValueError(f"{cell[:30]!r} is no day or time that exists") from None


def _clock(text: str) -> str | None:
    """HHMM[SS[.S]][+ZZZZ] as HL7 writes it; "" of nothing, None of what is no time of day."""
    match = CLOCK.fullmatch(text)
    if match is None:
        return None if text else ""
    hour, colon, colon_second, fraction, word, word_second, bare, bare_second, offset = match.groups()
    minute, second = colon or word or bare, colon_second or word_second or bare_second or ""
    zoned = "+0000" if offset == "Z" else (offset or "").replace(":", "")
    return f"{int(hour):02}{minute}{second}{fraction or ''}{zoned}"


def day(cell: str, zone: ZoneInfo | None) -> str:
    return moment(cell, None)[: len("2026-03-12")]


def number(cell: str, zone: ZoneInfo | None) -> Any:
    found = exact_number(cell)
    if found is None:
        raise ValueError(f"{cell[:30]!r} is not a number")
    return found


def system(cell: str, zone: ZoneInfo | None) -> str:
    """URI of a code or number system, given as URI, as OID or by its name in HL7 table 0396 (LN, SCT, I10)."""
    if OID.fullmatch(cell):
        return f"urn:oid:{cell}"
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:\S+", cell):
        return cell
    if known := CODE_SYSTEMS.get(cell.upper()):
        return known
    raise ValueError(f"{cell[:30]!r} is neither a URI, nor an OID, nor a name such as LN (LOINC), SCT or I10")


def resident_id(cell: str, zone: ZoneInfo | None) -> str:
    number = cell.replace(" ", "").upper()
    check_resident_id(number)
    return number


def sex(cell: str, zone: ZoneInfo | None) -> str:
    return _known(SEX, cell, "male, female, 男, 女, 1, 2")


def marital_status(cell: str, zone: ZoneInfo | None) -> dict[str, Any]:
    return _coding("MaritalStatus", _known(MARRIAGE, cell, "S, M, D, W, 未婚, 已婚"))


def interpretation(cell: str, zone: ZoneInfo | None) -> dict[str, Any]:
    return _coding("ObservationInterpretation", _known(INTERPRETATIONS, cell, "H, L, N, ↑, ↓, 高, 低"))


def status(cell: str, zone: ZoneInfo | None) -> str:
    return _known(STATUSES, cell, "final, preliminary, corrected")


def category(cell: str, zone: ZoneInfo | None) -> str:
    return _known(CATEGORIES, cell, "laboratory, vital-signs, exam")


def _coding(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": V3 + system, "code": code}]}


def _known(words: Mapping[str, str], cell: str, examples: str) -> str:
    found = words.get(cell) or words.get(cell.lower()) or words.get(cell.upper())
    if not found:
        raise ValueError(f"{cell[:30]!r} is not known; write for example {examples}")
    return found


READERS: dict[str, Callable[[str, ZoneInfo | None], Any]] = {
    "text": text,
    "moment": moment,
    "day": day,
    "number": number,
    "system": system,
    "resident_id": resident_id,
    "sex": sex,
    "marital_status": marital_status,
    "interpretation": interpretation,
    "status": status,
    "category": category,
}
