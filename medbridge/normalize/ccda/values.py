"""PQ, IVL_PQ, RTO, INT and the other types of an observation's value -> value[x], digits kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from medbridge.normalize.ccda import codes, times
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import attribute, first, type_of
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.values import UCUM, number

# PQ.unit is UCUM by definition, yet laboratories put their own names there. These are another unit in UCUM (K is the
# kelvin) or none, so they stay text: what carries a UCUM code is computed with.
NOT_UCUM = frozenset({"K/uL", "K/mcL", "K/mm3", "M/uL", "M/mcL", "mEq/L", "mEq", "mcg", "mcL", "lbs", "IU", "bpm"})
UCUM_CODE = re.compile(r"[!-~]{1,60}", re.ASCII)
INTEGER = re.compile(r"-?\d{1,9}", re.ASCII)  # FHIR integers end at 2 147 483 647
Value = dict[str, Any]


def quantity(element: Element | None, comparator: str = "") -> dict[str, Any]:
    """{} when there is no number. A unit that cannot be UCUM stays a text."""
    if element is None or "nullFlavor" in element.attrib:
        return {}
    value, unit = number(attribute(element, ".", "value")), attribute(element, ".", "unit")
    if value is None:
        return {}
    found = {"value": value, **compact({"comparator": comparator, "unit": unit})}
    return {**found, "system": UCUM, "code": unit} if UCUM_CODE.fullmatch(unit) and unit not in NOT_UCUM else found


def bounds(element: Element | None) -> dict[str, Any]:
    """Range: low and high of an interval; reversed bounds say nothing."""
    low, high = (quantity(first(element, name)) for name in ("low", "high"))
    return {} if low and high and low["value"] > high["value"] else compact({"low": low, "high": high})


def value(context: Context, element: Element) -> Value:
    """value[x] as a one-member object, {} when it holds nothing; a type without a place in FHIR is kept as text."""
    kind = type_of(element)
    reader = READERS.get(kind)
    if reader is None and kind:
        context.problem(element, f"a value of type {kind[:20]} has no mapping; its text is kept", "unmapped")
    return (reader or _text)(context, element)


def _quantity(context: Context, element: Element) -> Value:
    if found := quantity(element):
        return {"valueQuantity": found}
    translated = quantity(first(element, "translation"))
    return {"valueQuantity": translated} if translated else _text(context, element)


def _interval(context: Context, element: Element) -> Value:
    """IVL_PQ with one bound is a comparison ("< 5"), with two a range."""
    low, high = first(element, "low"), first(element, "high")
    if quantity(low) and quantity(high):
        return compact({"valueRange": bounds(element)})
    for bound, inclusive, exclusive in ((high, "<=", "<"), (low, ">=", ">")):
        sign = exclusive if attribute(bound, ".", "inclusive") == "false" else inclusive
        if found := quantity(bound, sign):
            return {"valueQuantity": found}
    return compact({"valueQuantity": quantity(element) or quantity(first(element, "center"))})


def _ratio(context: Context, element: Element) -> Value:
    parts = {name: quantity(first(element, name)) for name in ("numerator", "denominator")}
    return {"valueRatio": parts} if all(parts.values()) else {}


def _integer(context: Context, element: Element) -> Value:
    text = attribute(element, ".", "value")
    return {"valueInteger": int(text)} if INTEGER.fullmatch(text) else compact({"valueString": text})


def _boolean(context: Context, element: Element) -> Value:
    text = attribute(element, ".", "value")
    return {"valueBoolean": text == "true"} if text in ("true", "false") else {}


def _coded(context: Context, element: Element) -> Value:
    return compact({"valueCodeableConcept": codes.concept(context, element)})


def _moment(context: Context, element: Element) -> Value:
    return compact({"valueDateTime": times.moment(context, element)})


def _period(context: Context, element: Element) -> Value:
    return times.when(context, element, "value")


def _text(context: Context, element: Element) -> Value:
    if attribute(element, ".", "representation") == "B64":
        context.problem(element, "a value in base64 has no mapping; it is kept in the original", "unmapped")
        return {}
    text = codes.text_of(context, element) or attribute(element, ".", "value") or attribute(element, ".", "extension")
    return compact({"valueString": text or codes.text_of(context, first(element, "originalText"))})


READERS: dict[str, Callable[[Context, Element], Value]] = {
    **dict.fromkeys(("PQ", "REAL", "MO"), _quantity),
    **dict.fromkeys(("CD", "CE", "CV", "CO", "CS"), _coded),
    **dict.fromkeys(("ST", "ED"), _text),
    **dict.fromkeys(("IVL_PQ", "IVL_INT", "IVL_REAL"), _interval),
    **dict.fromkeys(("RTO", "RTO_PQ_PQ", "RTO_QTY_QTY"), _ratio),
    "INT": _integer,
    "BL": _boolean,
    "TS": _moment,
    "IVL_TS": _period,
}
