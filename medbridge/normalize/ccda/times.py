"""TS and IVL_TS -> FHIR dateTime, instant and Period."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import attribute, first
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2 import times
from medbridge.normalize.hl7v2.context import compact


def moment(context: Context, element: Element | None) -> str:
    """FHIR dateTime; "" when absent or, which is reported, no time. CDA's literals are those of HL7 v2."""
    text = attribute(element, ".", "value")
    if element is None or not text or "nullFlavor" in element.attrib:
        return ""
    try:
        return times.date_time(text, context.zone)
    except times.Ambiguous:
        context.problem(element, f"{text} is not one moment in {context.zone}: the clocks change; the date is kept")
        return times.day(text)
    except ValueError:
        context.problem(element, f"{text[:30]!r} is not a date or time that CDA allows; left out")
        return ""


def instant(context: Context, element: Element | None) -> str:
    found = moment(context, element)
    return found if "T" in found else ""


def day(context: Context, element: Element | None) -> str:
    return moment(context, element).partition("T")[0]


def period(context: Context, element: Element | None) -> dict[str, str]:
    """Period of an interval's bounds; a reversed one (invariant per-1) is reported and keeps its start."""
    start, end = (moment(context, first(element, bound)) for bound in ("low", "high"))
    if element is not None and start and end and _plainly_before(end, start):
        context.problem(element, "the interval ends before it starts; the end is left out")
        end = ""
    return compact({"start": start, "end": end})


def _plainly_before(end: str, start: str) -> bool:
    """By the day: two offsets may order clock times otherwise than the text does, and precisions may differ."""
    shared = min(len(end), len(start), len("2026-03-12"))
    return end[:shared] < start[:shared] or (start[:10] == end[:10] and start[19:] == end[19:] and end < start)


def when(context: Context, element: Element | None, name: str) -> dict[str, Any]:
    """`nameDateTime` of a point, `namePeriod` of an interval, {} of neither."""
    point = moment(context, element) or moment(context, first(element, "center"))
    if point:
        return {f"{name}DateTime": point}
    bounds = period(context, element)
    return {f"{name}Period": bounds} if bounds else {}


def start(context: Context, element: Element | None) -> str:
    """The beginning of an interval, or the point."""
    return moment(context, element) or moment(context, first(element, "low"))
