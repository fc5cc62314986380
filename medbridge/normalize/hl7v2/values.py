"""OBX-5 by its type (OBX-2) -> Observation.value[x]; OBX-6 units and OBX-7 reference range.

Source of the mapping: HL7/v2-to-fhir OBX[Observation]. A number keeps the digits that were sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from medbridge.fhir.digits import Digits
from medbridge.normalize.hl7v2 import codes
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element, Segment

UCUM = "http://unitsofmeasure.org"
NUMBER = re.compile(r"([+-]?)(\d{1,18})?(?:\.(\d{0,18}))?", re.ASCII)
COMPARATORS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "≤": "<=", "≥": ">=", "＜": "<", "＞": ">"}
RANGE = re.compile(r"([+-]?[\d.]+)\s*(?:--?|~|～|—|–|to)\s*([+-]?[\d.]+)", re.ASCII)
LIMIT = re.compile(r"(<=?|>=?|≤|≥|＜|＞)\s*([+-]?[\d.]+)", re.ASCII)
WHOLE = re.compile(r"\d{1,9}", re.ASCII)  # FHIR integers end at 2 147 483 647
Value = dict[str, Any]


def number(text: str) -> int | Digits | None:
    """NM as a JSON number with the digits sent ("1.50" stays 1.50); None when it is none."""
    match = NUMBER.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        return None
    whole, fraction = (match[2] or "0").lstrip("0") or "0", match[3]
    sign = "-" if match[1] == "-" else ""
    return Digits(f"{sign}{whole}.{fraction}") if fraction else int(sign + whole)


def whole_number(text: str) -> int | None:
    return int(text) if WHOLE.fullmatch(text) else None


def unit(element: Element) -> dict[str, str]:
    """CWE -> the unit members of a Quantity. A UCUM code only where the sender says it is UCUM: "K/uL" is no UCUM."""
    for code, text, system, oid in ((1, 2, 3, 14), (4, 5, 6, 17)):
        if element.part(code) and (
            element.part(system).upper() == "UCUM" or element.part(oid) == "2.16.840.1.113883.6.8"
        ):
            written = "".join(element.part(code).split())
            return {"unit": element.part(text) or written, "system": UCUM, "code": written}
    return compact({"unit": element.part(1) or element.part(2)})


def quantity(text: str, units: dict[str, str], comparator: str = "") -> dict[str, Any]:
    """{} when `text` is no number."""
    value = number(text)
    return {} if value is None else {"value": value, **compact({"comparator": comparator}), **units}


def composite_quantity(context: Context, element: Element) -> dict[str, Any]:
    """CQ: .1 number, .2 units as a CWE."""
    return quantity(element.part(1), unit(element.component(2)))


def value(context: Context, obx: Segment) -> Value:
    """Observation.value[x] as a one-member object; {} when OBX-5 is empty, deleted or of a type not carried over."""
    kind, element = obx.value(2) or "ST", obx.first(5)
    reader = READERS.get(kind)
    if not element:
        return {}
    if reader is None:
        context.problem(element.place, f"a value of type {kind[:10]} has no mapping; left out", "unmapped")
        return {}
    if reader is not _text and len(obx.all(5)) > 1:
        return {"valueString": "\n".join(each.whole() for each in obx.all(5))}
    found = reader(context, obx, element)
    if found or reader is _coded:
        return found
    context.problem(element.place, f"{element.written[:30]!r} is not a value of type {kind}; kept as text")
    return _text(context, obx, element)


def _numeric(context: Context, obx: Segment, element: Element) -> Value:
    """Analysers also send "<0.01" as NM."""
    text = element.part(1)
    if match := LIMIT.fullmatch(text):
        return _quantity(quantity(match[2], unit(obx.first(6)), COMPARATORS[match[1]]))
    return _quantity(quantity(text, unit(obx.first(6))))


def _quantity(found: dict[str, Any]) -> Value:
    return {"valueQuantity": found} if found else {}


def _structured(context: Context, obx: Segment, element: Element) -> Value:
    """SN: comparator, number, separator, number."""
    comparator, low, mark, high = (element.part(n) for n in (1, 2, 3, 4))
    units = unit(obx.first(6))
    first, second = quantity(low, units), quantity(high, units)
    if comparator == "<>" or mark == "+" or not first:
        return {"valueString": f"{comparator}{low}{mark}{high}"}
    if mark in (":", "/") and second:
        return {"valueRatio": {"numerator": first, "denominator": second}}
    if mark == "-" and second and first["value"] <= second["value"]:
        return {"valueRange": {"low": first, "high": second}}
    if not mark and not high and comparator in ("", "=", *COMPARATORS):
        return {"valueQuantity": quantity(low, units, COMPARATORS.get(comparator, ""))}
    return {"valueString": f"{comparator}{low}{mark}{high}"}


def _text(context: Context, obx: Segment, element: Element) -> Value:
    lines = [obx, *(obx.continued or [])]
    text = "\n".join(each.whole() for line in lines for each in line.all(5))
    return {"valueString": text} if text.strip() else {}


def _coded(context: Context, obx: Segment, element: Element) -> Value:
    concept = codes.concept(context, element)
    return {"valueCodeableConcept": concept} if concept else {}


def _moment(context: Context, obx: Segment, element: Element) -> Value:
    moment = context.date_time(element)
    return {"valueDateTime": moment} if moment else {}


def _clock(context: Context, obx: Segment, element: Element) -> Value:
    time = context.clock(element)
    return {"valueTime": time} if time else {}


def _period(context: Context, obx: Segment, element: Element) -> Value:
    period = compact({"start": context.date_time(element, 1), "end": context.date_time(element, 2)})
    return {"valuePeriod": period} if period else {}


def _range(context: Context, obx: Segment, element: Element) -> Value:
    units = unit(obx.first(6))
    found = compact({"low": quantity(element.part(1), units), "high": quantity(element.part(2), units)})
    return {"valueRange": found} if found else {}


Reader = Callable[[Context, Segment, Element], Value]
READERS: dict[str, Reader] = {
    "NM": _numeric,
    "SN": _structured,
    "TM": _clock,
    "DR": _period,
    "NR": _range,
    **dict.fromkeys(("ST", "TX", "FT", "VR"), _text),
    **dict.fromkeys(("CE", "CWE", "CNE", "CF", "IS", "ID"), _coded),
    **dict.fromkeys(("DT", "DTM", "TS"), _moment),
}


def reference_range(obx: Segment) -> list[dict[str, Any]]:
    """OBX-7: the text as sent always; low and high where it plainly says them."""
    text = obx.first(7).whole().strip()
    if not text:
        return []
    low, high = _bounds(text)
    units = unit(obx.first(6))
    bounds = {"low": quantity(low, units), "high": quantity(high, units)}
    if bounds["low"] and bounds["high"] and bounds["low"]["value"] > bounds["high"]["value"]:
        bounds = {}
    return [compact({**bounds, "text": text})]


def _bounds(text: str) -> tuple[str, str]:
    if match := RANGE.fullmatch(text):
        return match[1], match[2]
    if match := LIMIT.fullmatch(text):
        return ("", match[2]) if COMPARATORS[match[1]].startswith("<") else (match[2], "")
    return "", ""
