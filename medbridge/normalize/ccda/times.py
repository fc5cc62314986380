"""TS and IVL_TS -> FHIR dateTime, instant and Period."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import attribute, every, first
from medbridge.normalize.hl7v2 import times
from medbridge.normalize.hl7v2.context import compact


def moment(document: Document, element: Node | None) -> str:
    """FHIR dateTime; "" when absent or, which is reported, no time. CDA's literals are those of HL7 v2."""
    text = attribute(element, ".", "value")
    if element is None or not text or "nullFlavor" in element.attributes:
        return ""
    try:
        return times.date_time(text, document.zone)
    except times.Ambiguous:
        document.problem(element, f"{text} is not one moment in {document.zone}: the clocks change; the date is kept")
        return times.day(text)
    except ValueError:
        return _date_of(document, element, text)


def _date_of(document: Document, element: Node, text: str) -> str:
    """Of a literal with a wrong clock part ("20230131T10:00", "202301312500") the date is still good."""
    try:
        found = times.day(text[:8]) if text[:8].isdecimal() else times.day(text[:10].replace("-", ""))
    except ValueError:
        document.problem(element, f"{text[:30]!r} is not a date or time that CDA allows; left out")
        return ""
    document.problem(element, f"{text[:30]!r} is not a time that CDA allows; its date is kept")
    return found


def instant(document: Document, element: Node | None) -> str:
    found = moment(document, element)
    return found if "T" in found else ""


def day(document: Document, element: Node | None) -> str:
    return moment(document, element).partition("T")[0]


def period(document: Document, element: Node | None) -> dict[str, str]:
    """Period of an interval's bounds; a reversed one (invariant per-1) is reported and keeps its start."""
    start, end = (moment(document, first(element, bound)) for bound in ("low", "high"))
    if element is not None and start and end and _plainly_before(end, start):
        document.problem(element, "the interval ends before it starts; the end is left out")
        end = ""
    return compact({"start": start, "end": end})


def _plainly_before(end: str, start: str) -> bool:
    """By the day: two offsets may order clock times otherwise than the text does, and precisions may differ."""
    shared = min(len(end), len(start), len("2026-03-12"))
    return end[:shared] < start[:shared] or (start[:10] == end[:10] and start[19:] == end[19:] and end < start)


def point(document: Document, element: Node | None) -> str:
    """The value, the centre, or the one moment that low and high agree on."""
    found = moment(document, element) or moment(document, first(element, "center"))
    if found or element is None:
        return found
    low, high = (attribute(element, bound, "value") for bound in ("low", "high"))
    return moment(document, first(element, "low")) if low and low == high else ""


def when(document: Document, element: Node | None, name: str) -> dict[str, Any]:
    """`nameDateTime` of a point, `namePeriod` of an interval, {} of neither."""
    if found := point(document, element):
        return {f"{name}DateTime": found}
    bounds = period(document, element)
    return {f"{name}Period": bounds} if bounds else {}


def start(document: Document, element: Node | None) -> str:
    """The beginning of an interval, or the point."""
    return moment(document, element) or moment(document, first(element, "low"))


def authored(document: Document, statement: Node) -> str:
    """The earliest time of an author of the statement, or else of the act around it."""
    for where in ("author", "../../author"):
        found = [moment(document, each) for each in every(statement, f"{where}/time")]
        if any(found):
            return min(filter(None, found))
    return ""
