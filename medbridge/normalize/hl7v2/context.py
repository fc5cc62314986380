"""What the mapping of one message needs at hand, and the list of what went wrong in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from medbridge.normalize.conversion import NormalizeError, Problem, Source
from medbridge.normalize.hl7v2 import times
from medbridge.normalize.hl7v2.message import Element, Message, event


class Context:
    """One message on its way to resources. Functions read the message through it and report to it."""

    def __init__(self, message: Message, source: Source) -> None:
        self.message = message
        self.hospital = source.hospital
        self.zone = configured_zone(source)
        self.event = event(message)
        self.default_offset = times.offset_of(message.header.value(7))
        self.problems: list[Problem] = []

    def problem(self, place: str, reason: str, stage: str = "convert") -> None:
        self.problems.append(Problem(stage, place, reason))

    def local_system(self, name: str) -> str:
        """A URI for what only this hospital defines; the FHIR uri type allows no spaces, and names may be Chinese."""
        return local_system(self.hospital, name)

    def date_time(self, element: Element, component: int = 1) -> str:
        """FHIR dateTime, "" when absent; what is no time is reported and left out."""
        text = element.part(component)
        try:
            return times.date_time(text, self.zone, self.default_offset) if text else ""
        except times.Ambiguous:
            self.problem(element.place, f"{text} is not one moment in {self.zone}: the clocks change; the date is kept")
            return times.day(text)
        except ValueError:
            return self._not_a_time(element, text)

    def instant(self, element: Element) -> str:
        """FHIR instant: a dateTime that has an offset, else ""."""
        moment = self.date_time(element)
        return moment if "T" in moment else ""

    def day(self, element: Element) -> str:
        return self._read(element, times.day)

    def clock(self, element: Element) -> str:
        return self._read(element, times.clock)

    def _read(self, element: Element, reader: Callable[[str], str]) -> str:
        text = element.part(1)
        try:
            return reader(text) if text else ""
        except ValueError:
            return self._not_a_time(element, text)

    def _not_a_time(self, element: Element, text: str) -> str:
        self.problem(element.place, f"{text[:30]!r} is not a date or time that HL7 v2 allows; left out")
        return ""


@lru_cache(maxsize=4096)
def local_system(hospital: str, name: str) -> str:
    field = re.sub(r"\[\d+\]", "", name)
    return f"urn:medbridge:{quote(hospital, safe='')}:{quote(field, safe='')}"


@lru_cache(maxsize=64)
def configured_zone(source: Source) -> ZoneInfo | None:
    try:
        return ZoneInfo(source.timezone) if source.timezone else None
    except (KeyError, OSError, ValueError):
        reason = f"the time zone {source.timezone!r} configured for {source.hospital} does not exist"
        raise NormalizeError(Problem("convert", "", reason)) from None


def compact(element: dict[str, Any]) -> dict[str, Any]:
    """Without the members that hold nothing: FHIR forbids empty strings, lists and objects."""
    return {key: value for key, value in element.items() if value not in ("", None, [], {})}
