"""DR, RI, RPT and TQ: when something is to be done or was done."""

from __future__ import annotations

import re
from typing import Any

from medbridge.normalize.hl7v2.codes import concept
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element

# Table 0335 patterns: Q6H every six hours, BID twice a day. UCUM units of FHIR's Timing.
EVERY = re.compile(r"Q(\d{1,3})(S|M|H|D|J|W|L)")
UNITS = {"S": "s", "M": "min", "H": "h", "D": "d", "J": "d", "W": "wk", "L": "mo"}
NAMED = {
    **{"QD": (1, 1, "d"), "BID": (2, 1, "d"), "TID": (3, 1, "d"), "QID": (4, 1, "d"), "QOD": (1, 2, "d")},
    **{"QAM": (1, 1, "d"), "QPM": (1, 1, "d"), "QHS": (1, 1, "d"), "QH": (1, 1, "h"), "QW": (1, 1, "wk")},
}


def period(context: Context, element: Element) -> dict[str, Any]:
    """DR: start and end."""
    return compact({"start": context.date_time(element, 1), "end": context.date_time(element, 2)})


def repeat(code: str) -> dict[str, Any]:
    """A repeat pattern as Timing.repeat, {} for one that names no plain frequency."""
    written = "".join(code.upper().split())
    if (found := NAMED.get(written)) is not None:
        frequency, length, unit = found
        return {"frequency": frequency, "period": length, "periodUnit": unit}
    if match := EVERY.fullmatch(written):
        return {"frequency": 1, "period": int(match[1]), "periodUnit": UNITS[match[2]]} if int(match[1]) else {}
    return {}


def repeat_pattern(context: Context, element: Element) -> dict[str, Any]:
    """RPT: .1 the pattern as a code."""
    pattern = element.component(1)
    code = concept(context, pattern) if pattern else {}
    return compact({"repeat": repeat(pattern.part(1)), "code": code})


def repeat_interval(context: Context, element: Element) -> dict[str, Any]:
    """RI: .1 the pattern, .2 clock times."""
    return compact({"repeat": repeat(element.part(1)), "code": compact({"text": element.part(1)})})
