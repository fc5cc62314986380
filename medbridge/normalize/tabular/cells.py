"""Cells -> FHIR values. A reader raises ValueError with a sentence when the cell cannot be what its column says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from medbridge.normalize.hl7v2 import times
from medbridge.normalize.hl7v2.identifiers import OID
from medbridge.normalize.hl7v2.tables import CODE_SYSTEMS, INTERPRETATION_ALIASES, MARITAL_STATUS_CN, SEX, V3
from medbridge.normalize.hl7v2.values import number as exact_number

DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))",
    re.ASCII,
)
CLOCK = re.compile(
    r"(\d{1,2})(?::(\d\d)(?::(\d\d)(\.\d{1,9})?)?|时(\d\d)分(?:(\d\d)秒)?|(\d\d)(\d\d)?)\s?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
SEX_WORDS = {"男": "male", "女": "female", "男性": "male", "女性": "female", "未知": "unknown", "其他": "other"}
WORDS = {**SEX, **SEX_WORDS, **{word: word for word in ("male", "female", "other", "unknown")}}
MARRIAGE = {**MARITAL_STATUS_CN, "未婚": "S", "已婚": "M", "丧偶": "W", "离婚": "D", "离异": "D"}
MARRIAGE_CODES = {"S", "M", "W", "D", "A", "L", "P", "T", "I", "U"}
STATUSES = {"final", "preliminary", "registered", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
STATUS_WORDS = {
    "已审核": "final",
    "正式": "final",
    "初步": "preliminary",
    "已修改": "corrected",
    "作废": "entered-in-error",
}
INTERPRETATIONS = {"H", "L", "N", "A", "HH", "LL", "AA", "POS", "NEG"}
INTERPRETATION_WORDS = {**INTERPRETATION_ALIASES, "高": "H", "低": "L", "正常": "N", "阳性": "POS", "阴性": "NEG"}
CATEGORIES = {
    "laboratory",
    "vital-signs",
    "social-history",
    "imaging",
    "exam",
    "survey",
    "procedure",
    "therapy",
    "activity",
}
CATEGORY_WORDS = {"检验": "laboratory", "体征": "vital-signs", "检查": "exam", "影像": "imaging"}


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


def sex(cell: str, zone: ZoneInfo | None) -> str:
    return _known(
        WORDS.get(cell) or WORDS.get(cell.lower()) or WORDS.get(cell.upper()), cell, "male, female, 男, 女, 1, 2"
    )


def marital_status(cell: str, zone: ZoneInfo | None) -> dict[str, Any]:
    code = MARRIAGE.get(cell) or (cell if cell in MARRIAGE_CODES else None)
    return {"coding": [{"system": f"{V3}MaritalStatus", "code": _known(code, cell, "S, M, D, W, 未婚, 已婚")}]}


def interpretation(cell: str, zone: ZoneInfo | None) -> dict[str, Any]:
    code = INTERPRETATION_WORDS.get(cell) or (cell.upper() if cell.upper() in INTERPRETATIONS else None)
    known = _known(code, cell, "H, L, N, ↑, ↓, 高, 低")
    return {"coding": [{"system": f"{V3}ObservationInterpretation", "code": known}]}


def status(cell: str, zone: ZoneInfo | None) -> str:
    code = STATUS_WORDS.get(cell) or (cell.lower() if cell.lower() in STATUSES else None)
    return _known(code, cell, "final, preliminary, corrected")


def category(cell: str, zone: ZoneInfo | None) -> str:
    code = CATEGORY_WORDS.get(cell) or (cell.lower() if cell.lower() in CATEGORIES else None)
    return _known(code, cell, "laboratory, vital-signs, exam")


def _known(found: str | None, cell: str, examples: str) -> str:
    if not found:
        raise ValueError(f"{cell[:30]!r} is not known; write for example {examples}")
    return found


READERS: dict[str, Callable[[str, ZoneInfo | None], Any]] = {
    reader.__name__: reader
    for reader in (text, moment, day, number, system, sex, marital_status, interpretation, status, category)
}
