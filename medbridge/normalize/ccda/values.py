"""PQ, IVL_PQ, RTO, INT and the other types of an observation's value -> value[x], digits kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from medbridge.normalize.ccda import codes, times
from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import attribute, first
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.values import UCUM, number

# PQ.unit is UCUM by definition, yet laboratories put their own names there. These are another unit in UCUM (K is the
# kelvin) or none, so they stay text: what carries a UCUM code is computed with.
NOT_UCUM = frozenset({"K/uL", "K/mcL", "K/mm3", "M/uL", "M/mcL", "mEq/L", "mEq", "mcg", "mcL", "lbs", "IU", "bpm"})
UCUM_CODE = re.compile(r"[!-~]{1,60}", re.ASCII)
INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)  # FHIR integers end at 2 147 483 647
COMPARED = re.compile(r"\s*(<=|>=|<|>|≤|≥)\s*(\S+)\s*")
COMPARATORS = {"≤": "<=", "≥": ">="}
Value = dict[str, Any]


def quantity(element: Node | None, comparator: str = "") -> dict[str, Any]:
    """{} when there is no number. A unit that cannot be UCUM stays a text."""
    if element is None or "nullFlavor" in element.attributes:
        return {}
    text, unit = attribute(element, ".", "value"), attribute(element, ".", "unit")
    if compared := COMPARED.fullmatch(text):
        comparator, text = COMPARATORS.get(compared[1], compared[1]), compared[2]
    value = number(text) if text else None
    if value is None:
        return {}
    found = {"value": value, **compact({"comparator": comparator, "unit": unit})}
    return {**found, "system": UCUM, "code": unit} if UCUM_CODE.fullmatch(unit) and unit not in NOT_UCUM else found


def bounds(element: Node | None) -> dict[str, Any]:
    """Range: low and high of an interval; reversed bounds say nothing."""
    low, high = (quantity(first(element, name)) for name in ("low", "high"))
    return {} if low and high and low["value"] > high["value"] else compact({"low": low, "high": high})


def value(document: Document, element: Node) -> Value:
    """value[x] as a one-member object, {} when it holds nothing; a type without a place in FHIR is kept as text."""
    kind = element.type or _guess(element)
    reader = READERS.get(kind)
    if reader is None and kind:
        document.problem(element, f"a value of type {kind[:20]} has no mapping; its text is kept", "unmapped")
    return (reader or _text)(document, element)


def _guess(element: Node) -> str:
    """Where xsi:type is missing the attributes tell."""
    if element.all("low") or element.all("high"):
        return "IVL_PQ"
    return "CD" if "code" in element.attributes else "PQ" if "unit" in element.attributes else ""


def _quantity(document: Document, element: Node) -> Value:
    found = quantity(element) or quantity(first(element, "translation"))
    if found:
        return {"valueQuantity": found}
    said = " ".join(filter(None, (attribute(element, ".", name) for name in ("value", "unit", "currency"))))
    # "120/80" is no number, but somebody measured it.
    if said and "nullFlavor" not in element.attributes and attribute(element, ".", "value"):
        return {"valueString": said}
    return _text(document, element)


def _interval(document: Document, element: Node) -> Value:
    """IVL_PQ with one bound is a comparison ("< 5"), with two a range."""
    low, high = first(element, "low"), first(element, "high")
    if quantity(low) and quantity(high):
        return compact({"valueRange": bounds(element)})
    for bound, inclusive, exclusive in ((high, "<=", "<"), (low, ">=", ">")):
        sign = exclusive if attribute(bound, ".", "inclusive") == "false" else inclusive
        if found := quantity(bound, sign):
            return {"valueQuantity": found}
    return compact({"valueQuantity": quantity(element) or quantity(first(element, "center"))})


def ratio(element: Node | None) -> dict[str, Any]:
    parts = {name: quantity(first(element, name)) for name in ("numerator", "denominator")}
    return parts if all(parts.values()) else {}


def _ratio(document: Document, element: Node) -> Value:
    return compact({"valueRatio": ratio(element)})


def _integer(document: Document, element: Node) -> Value:
    text = attribute(element, ".", "value")
    return {"valueInteger": int(text)} if INTEGER.fullmatch(text) else compact({"valueString": text})


def _boolean(document: Document, element: Node) -> Value:
    text = attribute(element, ".", "value")
    return {"valueBoolean": text in ("true", "1")} if text in ("true", "false", "0", "1") else {}


def _coded(document: Document, element: Node) -> Value:
    if "code" not in element.attributes and "value" in element.attributes:
        return _quantity(document, element)  # CO of an assessment scale, with its score and no code
    return compact({"valueCodeableConcept": codes.concept(document, element)})


def _moment(document: Document, element: Node) -> Value:
    return compact({"valueDateTime": times.moment(document, element)})


def _period(document: Document, element: Node) -> Value:
    return times.when(document, element, "value")


def _text(document: Document, element: Node) -> Value:
    if attribute(element, ".", "representation") == "B64":
        document.problem(element, "a value in base64 has no mapping; it is kept in the original", "unmapped")
        return {}
    text = codes.text_of(document, element) or attribute(element, ".", "value") or attribute(element, ".", "extension")
    return compact({"valueString": text or codes.text_of(document, first(element, "originalText"))})


READERS: dict[str, Callable[[Document, Node], Value]] = {
    **dict.fromkeys(("PQ", "REAL", "MO"), _quantity),
    **dict.fromkeys(("CD", "CE", "CV", "CO", "CS"), _coded),
    **dict.fromkeys(("ST", "ED", "II", "TEL", "URL", "EN", "PN", "ON", "AD", "SC", "BIN", "ANY"), _text),
    **dict.fromkeys(("IVL_PQ", "IVL_INT", "IVL_REAL", "IVL_MO"), _interval),
    **dict.fromkeys(("RTO", "RTO_PQ_PQ", "RTO_QTY_QTY", "RTO_MO_PQ"), _ratio),
    "INT": _integer,
    "BL": _boolean,
    "BN": _boolean,
    "TS": _moment,
    "IVL_TS": _period,
}
