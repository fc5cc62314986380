"""Number and quantity parameters, and places (FHIR R4 search.html#number, #quantity, location.html#positional)."""

import re
from decimal import Decimal
from typing import get_args

from medbridge.fhir import ucum
from medbridge.fhir.dates import Prefix
from medbridge.fhir.parameters import Parameter, stored
from medbridge.fhir.query import Condition, Measure, Near, Numbers
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_text import either
from medbridge.fhir.spelling import alternatives, refused, split, unescape
from medbridge.fhir.terms import digest

_PREFIXED = re.compile(rf"({'|'.join(get_args(Prefix))})(?=[-+.\d])")
_NUMBER = re.compile(r"[-+]?(\d{1,100})(?:\.(\d{1,100}))?(?:[eE]([-+]?\d{1,4}))?", re.ASCII)
# What a double holds, and so any number that another system can have sent.
_GREATEST_EXPONENT = 308
# `ap`: R4 recommends a tenth of the value on either side.
_ABOUT = Decimal("0.1")
_KILOMETRES = {"km": 1.0, "m": 0.001, "[mi_us]": 1.609347218694, "[mi_i]": 1.609344, "mi": 1.609344}
# R4 leaves it to the server how far "near" is when the search does not say.
_NEAR = 50.0
# Half the way round the earth, and a little more.
_FARTHEST = 20_100.0

# (prefix, low, high)
Range = tuple[Prefix, Decimal, Decimal]


def number(asking: Asking, type: str, parameter: Parameter, modifier: str, value: str) -> Condition | None:
    """None for any modifier: numbers have none but `:missing`."""
    if modifier:
        return None
    measures = tuple(Measure(*ranged(parameter.name, v)) for v in alternatives(asking, parameter.name, value))
    return either([Numbers(own.salt, measures) for own in stored(type, parameter)])


def quantity(asking: Asking, type: str, parameter: Parameter, modifier: str, value: str) -> Condition | None:
    """As `number`, with a unit: `5.4|http://unitsofmeasure.org|mg`, `5.4||mg`, `5.4`."""
    if modifier:
        return None
    measures = tuple(measured(parameter.name, v) for v in alternatives(asking, parameter.name, value))
    return either([Numbers(own.salt, measures) for own in stored(type, parameter)])


def ranged(name: str, text: str) -> Range:
    """A number with its prefix. Without a prefix, and with eq, ne and ap, it stands for a range (R4 #number)."""
    found = _PREFIXED.match(text)
    prefix: Prefix = found[1] if found else "eq"  # type: ignore[assignment]
    digits = text[2:] if found else text
    spelled = _NUMBER.fullmatch(digits)
    if spelled is None or abs(int(spelled[3] or 0)) > _GREATEST_EXPONENT:
        raise refused(name, f"{text!r} is not a number such as 5.4, gt-0.5 or 1e-3")
    exact = Decimal(digits)
    if prefix == "ap":
        width = abs(exact) * _ABOUT
    elif prefix in ("eq", "ne"):
        width = _half_unit(spelled)
    else:
        # R4: with the other prefixes a number means itself, "as if it had arbitrarily high precision".
        width = Decimal(0)
    return prefix, exact - width, exact + width


def _half_unit(spelled: re.Match[str]) -> Decimal:
    """Half a unit of the last place. R4's table has 1e2 for 95 to 105: a mantissa without decimals counts as 1.0."""
    decimals, exponent = len(spelled[2] or ""), spelled[3]
    return Decimal(5).scaleb(int(exponent) - max(decimals, 1) - 1 if exponent else -decimals - 1)


def measured(name: str, value: str) -> Measure:
    """A quantity. A unit of UCUM is compared in base units, so that 5400 mg finds 5.4 g."""
    parts = [unescape(part) for part in split(value, "|")]
    prefix, low, high = ranged(name, parts[0])
    if len(parts) == 1:
        return Measure(prefix, low, high)
    if len(parts) != 3 or not parts[2]:
        raise refused(name, f"{value!r} is not number|system|code, number||unit or a number alone")
    _, system, code = parts
    units = (digest(f"{system}|{code}"),)
    if system != ucum.SYSTEM:
        return Measure(prefix, low, high, units)
    return Measure(prefix, low, high, units, _canonical(low, high, code))


def _canonical(low: Decimal, high: Decimal, code: str) -> tuple[int, Decimal, Decimal] | None:
    first, last = ucum.canonical(low, code), ucum.canonical(high, code)
    return (digest(first[0]), first[1], last[1]) if first and last else None


def near(asking: Asking, type: str, parameter: Parameter, modifier: str, value: str) -> Condition | None:
    """Location.near: latitude|longitude|distance|unit; the distance in kilometres unless it says otherwise."""
    if modifier:
        return None
    return either([_near(parameter.name, v) for v in alternatives(asking, parameter.name, value)])


def _near(name: str, value: str) -> Near:
    parts = value.split("|")
    latitude, longitude, distance, unit = [*parts, "", "", ""][:4]
    if len(parts) > 4 or not _NUMBER.fullmatch(latitude) or not _NUMBER.fullmatch(longitude):
        raise refused(name, f"{value!r} is not latitude|longitude|distance|unit, such as 46.9|7.4|11.2|km")
    kilometres = _KILOMETRES.get(unit or "km")
    if kilometres is None or not _NUMBER.fullmatch(distance or "0"):
        raise refused(name, f"{value!r}: the distance is a number of {', '.join(_KILOMETRES)}")
    north, east, reach = float(latitude), float(longitude), float(distance or _NEAR) * kilometres
    if abs(north) > 90 or abs(east) > 180 or reach < 0:
        raise refused(name, f"{value!r}: latitude is -90 to 90, longitude -180 to 180, a distance not negative")
    return Near(north, east, min(reach, _FARTHEST))
