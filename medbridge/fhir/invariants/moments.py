"""Comparing dates of different precision (FHIRPath: an order that cannot be told is no violation)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from medbridge.fhir.invariants.rule import Holds, Object


def not_after(start: str, end: str) -> Holds:
    """The element `start` does not lie after `end`, as far as the precision of both can tell."""

    def holds(value: Object) -> bool:
        first, last = value.get(start), value.get(end)
        return first is None or last is None or first == last or not _after(first, last)

    return holds


def _after(first: Any, last: Any) -> bool:
    if len(first) == len(last) and first[19:] == last[19:]:
        # The same precision and zone, or no time at all: the texts are in the order of time.
        return bool(first > last)
    if "T" in first and "T" in last:
        return _moment(first) > _moment(last)
    shared = min(len(first), len(last), 10)
    if first[:shared] <= last[:shared]:
        return False
    # A day without a zone may be anywhere on Earth: beside a moment, only more than a day's difference is certain.
    return "T" not in first + last or not _adjacent(first[:shared], last[:shared])


def _moment(text: str) -> datetime:
    # Python knows no second 60: a leap second is the start of the next minute.
    leap = text[17:19] == "60"
    moment = datetime.fromisoformat(f"{text[:17]}59{text[19:]}" if leap else text)
    try:
        return (moment + timedelta(seconds=int(leap))).astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def _adjacent(first: str, last: str) -> bool:
    if len(first) < 10 or len(last) < 10:
        return False
    return (datetime.fromisoformat(first) - datetime.fromisoformat(last)).days <= 1
