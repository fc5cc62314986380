"""Date parameters (FHIR R4 search.html#date)."""

import re
from typing import get_args

from medbridge.fhir.dates import Prefix, interval, widened
from medbridge.fhir.parameters import Parameter, date_column, stored
from medbridge.fhir.query import Condition, Dated, Dates, LastUpdated
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_text import either
from medbridge.fhir.spelling import alternatives, refused

_PREFIXED = re.compile(rf"({'|'.join(get_args(Prefix))})(?=\d)")


def date(asking: Asking, type: str, parameter: Parameter, modifier: str, value: str) -> Condition | None:
    """None for any modifier: dates have none but `:missing`."""
    if modifier:
        return None
    return compared(
        type, parameter, tuple(dated(parameter.name, v) for v in alternatives(asking, parameter.name, value))
    )


def compared(type: str, parameter: Parameter, intervals: tuple[Dated, ...]) -> Condition:
    """A date of the parameter compares so with one of the intervals."""
    if parameter.name == "_lastUpdated":
        return LastUpdated(intervals)
    return either([Dates(place(type, own), intervals) for own in stored(type, parameter)])


def place(type: str, parameter: Parameter) -> int | None:
    """Where the index keeps the dates: None is the row itself."""
    return None if date_column(type, parameter.name) else parameter.salt


def dated(name: str, value: str) -> Dated:
    """(prefix, low, high); a value without prefix means eq, a date without zone is UTC."""
    found = _PREFIXED.match(value)
    prefix: Prefix = found[1] if found else "eq"  # type: ignore[assignment]
    try:
        low, high = interval(value[2:] if found else value)
    except ValueError:
        raise refused(
            name,
            f"{value!r} is not a date; write [prefix]YYYY[-MM[-DD[Thh:mm[:ss][Z|+hh:mm]]]], the + of a zone as %2B",
        ) from None
    return (prefix, *widened(low, high)) if prefix == "ap" else (prefix, low, high)
