"""Dates, numbers, quantities and places (R4 search.html#date, #number, #quantity; Location.near)."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from medbridge.fhir import ucum
from medbridge.fhir.dates import EARLIEST, LATEST, interval
from medbridge.fhir.digits import Digits
from medbridge.fhir.extract_found import Dated, Found, Number
from medbridge.fhir.terms import REMEMBERED, digest

# Some 300 bytes each: the resources of one visit share their times.
DATES_CACHED = 1 << 12
UNITS_CACHED = 1 << 11
# A double ends at 308; 1e-99999 is a valid FHIR decimal that PostgreSQL's numeric has no place for.
EXPONENT = 400
# Points of one SampledData; ten minutes at 500 Hz.
SAMPLES = 300_000
INFINITE = Decimal("Infinity")

Bounds = tuple[datetime, datetime]


@lru_cache(maxsize=DATES_CACHED)
def _interval(text: str) -> Bounds | None:
    try:
        return interval(text)
    except ValueError:
        return None


def _bounds(value: Any) -> Bounds | None:
    return _interval(value) if type(value) is str and len(value) <= REMEMBERED else None


def date(value: Any, found: Found, salt: int, rank: int, column: int) -> None:
    """rank: place among the candidates for the clinical date, or -1. column: that alone, no row of its own."""
    if bounds := _bounds(value):
        _dated(bounds, found, salt, rank, column)


def period(value: Any, found: Found, salt: int, rank: int, column: int) -> None:
    if bounds := _period(value):
        _dated(bounds, found, salt, rank, column)


def timing(value: Any, found: Found, salt: int, rank: int, column: int) -> None:
    """The outer limits; the schedule between them is ignored (R4 search.html#date)."""
    if type(value) is not dict:
        return
    events, repeat = value.get("event"), value.get("repeat")
    all_bounds = [_bounds(event) for event in events] if type(events) is list else []
    all_bounds.append(_period(repeat.get("boundsPeriod")) if type(repeat) is dict else None)
    known = [bounds for bounds in all_bounds if bounds]
    if known:
        _dated((min(low for low, _ in known), max(high for _, high in known)), found, salt, rank, column)


def _dated(bounds: Bounds, found: Found, salt: int, rank: int, column: int) -> None:
    if rank >= 0:
        found.clinical.append((rank, *bounds))
    if not column:
        found.dates.append(Dated(salt, *bounds))


def _period(value: Any) -> Bounds | None:
    if type(value) is not dict:
        return None
    start, end = _bounds(value.get("start")), _bounds(value.get("end"))
    if not start and not end:
        return None
    return start[0] if start else EARLIEST, end[1] if end else LATEST


def decimal(value: Any) -> Decimal | None:
    """The number with its digits; None for what is none. Beyond what PostgreSQL can hold: what a double makes of it."""
    if type(value) is Digits:
        exact = Decimal(value.text)
        return exact if -EXPONENT < exact.adjusted() < EXPONENT else Decimal(repr(float(value)))
    if type(value) is int:
        return Decimal(value)
    return Decimal(repr(value)) if type(value) is float and isfinite(value) else None


def number(value: Any, found: Found, salt: int) -> None:
    if (exact := decimal(value)) is not None:
        found.numbers.append(Number(salt, exact))


class Unit(NamedTuple):
    """digests: as Number.units. base: digest of the UCUM base unit, None where the unit is not UCUM's."""

    digests: tuple[int, ...]
    base: int | None


@lru_cache(maxsize=UNITS_CACHED)
def _unit(system: Any, code: Any, unit: Any) -> Unit:
    if any(text is not None and (type(text) is not str or len(text) > REMEMBERED) for text in (system, code, unit)):
        raise TypeError  # which is not remembered
    texts = ([f"{system or ''}|{code}", f"|{code}"] if code else []) + ([f"|{unit}"] if unit else [])
    known = ucum.unit(code) if code and system == ucum.SYSTEM else None
    return Unit(tuple(digest(text) for text in dict.fromkeys(texts)), digest(known.base) if known else None)


def quantity(value: Any, found: Found, salt: int) -> None:
    if type(value) is not dict or (exact := decimal(value.get("value"))) is None:
        return
    sign = value.get("comparator")
    if sign in ("<", "<="):
        _measured(value, -INFINITE, exact, found, salt)
    else:
        _measured(value, exact, INFINITE if sign in (">", ">=") else None, found, salt)


def money(value: Any, found: Found, salt: int) -> None:
    """Its unit is the currency, an ISO 4217 code."""
    if type(value) is dict and (exact := decimal(value.get("value"))) is not None:
        currency = value.get("currency")
        _measured({"system": "urn:iso:std:iso:4217", "code": currency}, exact, None, found, salt)


def span(value: Any, found: Found, salt: int) -> None:
    if type(value) is not dict:
        return
    ends = [end if type(end) is dict else {} for end in (value.get("low"), value.get("high"))]
    low, high = (decimal(end.get("value")) for end in ends)
    if low is not None or high is not None:
        of = ends[0] if low is not None else ends[1]
        _measured(of, -INFINITE if low is None else low, INFINITE if high is None else high, found, salt)


def sampled(value: Any, found: Found, salt: int) -> None:
    """From the least to the greatest point: origin + factor * point (R4 datatypes.html#SampledData)."""
    if type(value) is not dict or type(origin := value.get("origin")) is not dict:
        return
    zero, factor, data = decimal(origin.get("value")), decimal(value.get("factor", 1)), value.get("data")
    if zero is None or factor is None or type(data) is not str:
        return
    if points := [point for text in data.split(" ", SAMPLES)[:SAMPLES] if (point := _point(text)) is not None]:
        ends = sorted(zero + factor * Decimal(repr(end)) for end in (min(points), max(points)))
        _measured(origin, ends[0], ends[1], found, salt)


def _point(text: str) -> float | None:
    """None for E (error), L and U (beyond the limits of detection), and for what is none at all."""
    try:
        point = float(text)
    except ValueError:
        return None
    return point if isfinite(point) else None


def _measured(of: dict[str, Any], low: Decimal, high: Decimal | None, found: Found, salt: int) -> None:
    code = of.get("code")
    try:
        unit = _unit(of.get("system"), code, of.get("unit"))
    except TypeError:
        unit = Unit((), None)
    canonical = None
    if unit.base is not None:
        canonical = unit.base, _converted(low, code), None if high is None else _converted(high, code)
    found.numbers.append(Number(salt, low, high, unit.digests, canonical))


def _converted(value: Decimal, code: Any) -> Decimal:
    # The same answer for any value: whether the unit is known.
    found = ucum.canonical(value, code)
    return found[1] if found else value


def place(value: Any, found: Found) -> None:
    """Location.position: WGS 84 degrees."""
    if type(value) is dict:
        latitude, longitude = decimal(value.get("latitude")), decimal(value.get("longitude"))
        if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
            found.near = float(latitude), float(longitude)
