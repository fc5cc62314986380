"""`value` by its xsi:type -> Observation.value[x], and quantities. A number keeps the digits that were sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from medbridge.normalize.ccda.codes import concept
from medbridge.normalize.ccda.context import Context
from medbridge.normalize.ccda.elements import Node, attribute, child, value_type
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.values import number

UCUM = "http://unitsofmeasure.org"
UNIT = re.compile(r"[!-~]{1,60}", re.ASCII)
# PQ.unit is UCUM by definition, but laboratories put their own there. These mean something else in UCUM (kelvin per
# microlitre) or nothing at all, so they stay plain text: a wrong unit code is computed with.
NOT_UCUM = frozenset({"K/uL", "K/mcL", "K/mm3", "M/uL", "M/mcL", "mEq/L", "mcg", "mcL", "lbs", "IU", "bpm"})
WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)  # FHIR integers end at 2 147 483 647
Value = dict[str, Any]


def quantity(node: Node | None, comparator: str = "") -> dict[str, Any]:
    """PQ, INT or REAL -> Quantity; {} when it holds no number."""
    if node is None or node.get("nullFlavor"):
        return {}
    value = number(attribute(node, "value"))
    if value is None:
        return {}
    return {"value": value, **compact({"comparator": comparator}), **unit(attribute(node, "unit"))}


def unit(text: str) -> dict[str, str]:
    """The unit members of a Quantity; {} for none, and for UCUM's 1, which is none."""
    written = " ".join(text.split())
    if not written or written == "1":
        return {}
    if written in NOT_UCUM or not UNIT.fullmatch(written):
        return {"unit": written}
    return {"unit": written, "system": UCUM, "code": written}


def simple_quantity(node: Node | None) -> dict[str, Any]:
    """Quantity of a PQ, or {}; what is an interval with one bound gives that bound."""
    return quantity(node) or quantity(child(node, "low")) or quantity(child(node, "high"))


def interval(node: Node | None) -> dict[str, Any]:
    """IVL_PQ -> the low and high of a Range; {} when it has none or they are the wrong way round."""
    found = compact({"low": quantity(child(node, "low")), "high": quantity(child(node, "high"))})
    if len(found) == 2 and found["low"]["value"] > found["high"]["value"]:
        return {}
    return found


def value(context: Context, node: Node) -> Value:
    """value[x] as a one-member object; {} for a null flavor. What its type cannot read is kept as text."""
    kind = value_type(node)
    if (reader := READERS.get(kind)) is None:
        context.problem(node, f"a value of type {kind[:20] or 'not given'} has no mapping; left out", "unmapped")
        return {}
    found = reader(context, node)
    written = attribute(node, "value")
    if not found and written and not node.get("nullFlavor"):
        context.problem(node, f"{written[:30]!r} is not a value of type {kind}; kept as text")
        return {"valueString": written}
    return found


def _quantity(context: Context, node: Node) -> Value:
    """A null flavor may come with the words in a translation: <value nullFlavor="OTH"><translation .../></value>."""
    found = quantity(node)
    translated = concept(context, child(node, "translation"))
    if not found and (text := translated.get("text")):
        return {"valueString": text}
    return {"valueQuantity": found} if found else {}


def _interval(context: Context, node: Node) -> Value:
    """One bound is a comparison: <low value="60" inclusive="false"/> alone is > 60."""
    found = interval(node)
    if len(found) != 1:
        return {"valueRange": found} if found else {}
    side = next(iter(found))
    inclusive = attribute(node, "inclusive", side) not in ("false", "0")
    comparator = {"low": ">", "high": "<"}[side] + ("=" if inclusive else "")
    return {"valueQuantity": quantity(child(node, side), comparator)}


def _coded(context: Context, node: Node) -> Value:
    found = concept(context, node)
    return {"valueCodeableConcept": found} if found else {}


def _text(context: Context, node: Node) -> Value:
    if attribute(node, "representation") == "B64":
        context.problem(node, "a value in base64 has no mapping; left out", "unmapped")
        return {}
    found = context.narrative(node)
    return {"valueString": found} if found and not node.get("nullFlavor") else {}


def _integer(context: Context, node: Node) -> Value:
    written = attribute(node, "value")
    return {"valueInteger": int(written)} if WHOLE.fullmatch(written) else {}


def _moment(context: Context, node: Node) -> Value:
    found = context.moment(node)
    return {"valueDateTime": found} if found else {}


def _period(context: Context, node: Node) -> Value:
    found = context.period(node)
    return {"valuePeriod": found} if found else {}


def _boolean(context: Context, node: Node) -> Value:
    known = {"true": True, "1": True, "false": False, "0": False}
    written = attribute(node, "value")
    return {"valueBoolean": known[written]} if written in known else {}


def _ratio(context: Context, node: Node) -> Value:
    found = {part: quantity(child(node, part)) for part in ("numerator", "denominator")}
    return {"valueRatio": found} if all(found.values()) else {}


READERS: dict[str, Callable[[Context, Node], Value]] = {
    "INT": _integer,
    "TS": _moment,
    "IVL_TS": _period,
    "IVL_PQ": _interval,
    "BL": _boolean,
    **dict.fromkeys(("PQ", "REAL"), _quantity),
    **dict.fromkeys(("CD", "CE", "CV", "CO", "CS"), _coded),
    **dict.fromkeys(("ST", "ED", "SC"), _text),
    **dict.fromkeys(("RTO", "RTO_PQ_PQ"), _ratio),
}
