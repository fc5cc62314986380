"""The primitive types of R4 (2.24.0.1): what JSON value each takes, and the sentence for one that is wrong.

Patterns are ASCII: FHIR's \\s and \\d are, and Python's would take in a no-break space and Arabic digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import Any

from medbridge.fhir.digits import Digits
from medbridge.fhir.faults import Check, Fault, quote
from medbridge.fhir.narrative import narrative_fault

# 1 MB is R4's own limit for one string.
_STRING = r"[\t\n\r\x20-\U0010ffff]{1,1048576}"
_YEAR = r"(?!0000)[0-9]{4}"
# The calendar in a pattern, so that one C call refuses 30 February and a 29 February of no leap year.
_LEAP = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"
_DAY = (
    rf"(?:{_YEAR}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|"
    rf"(?:0[13578]|1[02])-31)|(?!0000){_LEAP})"
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

_TEXTS: dict[str, tuple[str, str]] = {
    "string": (_STRING, "must be text of 1 to 1048576 characters without control characters"),
    "markdown": (_STRING, "must be text of 1 to 1048576 characters without control characters"),
    "code": (r"[^\s\x00-\x1f]+(?: [^\s\x00-\x1f]+)*", "must be a code: no blanks at its ends, single ones inside"),
    "id": (r"[A-Za-z0-9\-.]{1,64}", "must be an id: 1 to 64 of A-Z a-z 0-9 - and ."),
    "uri": (r"[^\s\x00-\x1f]+", "must be a URI without blanks"),
    "url": (r"[^\s\x00-\x1f]+", "must be a URL without blanks"),
    "canonical": (r"[^\s\x00-\x1f]+", "must be a canonical URL without blanks"),
    "oid": (r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+", "must be an OID such as urn:oid:1.2.3"),
    "uuid": (
        r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "must be a lower-case UUID such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    ),
    "date": (rf"{_DAY}|{_YEAR}(?:-(?:0[1-9]|1[0-2]))?", "must be a date of the calendar: YYYY, YYYY-MM or YYYY-MM-DD"),
    "dateTime": (
        rf"{_DAY}(?:T{_CLOCK}{_ZONE})?|{_YEAR}(?:-(?:0[1-9]|1[0-2]))?",
        "must be a date, or a date and time with seconds and time zone such as 2026-02-28T09:30:00+08:00",
    ),
    "instant": (rf"{_DAY}T{_CLOCK}{_ZONE}", "must be an instant to the second with a time zone"),
    "time": (_CLOCK, "must be a time of day, HH:MM:SS, without a time zone"),
    "base64Binary": (r"[A-Za-z0-9+/]+={0,2}", "must be base64: whole groups of four characters with their padding"),
}
_INTEGERS = {"integer": (-(2**31), 2**31 - 1), "unsignedInt": (0, 2**31 - 1), "positiveInt": (1, 2**31 - 1)}
_NUMBERS = {int, float, Digits, Decimal}

_TESTS = {name: re.compile(pattern, re.ASCII).fullmatch for name, (pattern, _) in _TEXTS.items()}


def _is_base64(text: str) -> bool:
    packed = "".join(text.split())
    return len(packed) % 4 == 0 and _TESTS["base64Binary"](packed) is not None


TEXT_TESTS: dict[str, Callable[[str], object]] = {**_TESTS, "base64Binary": _is_base64}
"""For each primitive that is a JSON string, a test that is truthy for a right one."""


def _is_integer(low: int, high: int) -> Callable[[Any], object]:
    return lambda value: type(value) is int and low <= value <= high


VALUE_TESTS: dict[str, Callable[[Any], object]] = {
    **TEXT_TESTS,
    **{name: _is_integer(*bounds) for name, bounds in _INTEGERS.items()},
    "boolean": lambda value: value is True or value is False,
    "decimal": lambda value: type(value) in _NUMBERS and (type(value) is int or isfinite(value)),
    "xhtml": lambda value: narrative_fault(value) is None,
}
"""For each primitive a test that is truthy for a right value; one of text raises TypeError for other JSON values."""


def check_primitive(name: str) -> Check:
    """The check of one primitive type by its R4 name; it raises nothing and returns at most one fault."""
    if name in _TEXTS:
        return _text(name)
    if name in _INTEGERS:
        return _integer(*_INTEGERS[name])
    return {"boolean": _boolean, "decimal": _decimal, "xhtml": _xhtml}[name]


def _wrong(text: str) -> list[Fault]:
    return [Fault("", "value", text)]


def _not_a(kind: str, value: Any) -> list[Fault]:
    if value is None:
        return _wrong("null is not allowed here; leave the element out.")
    return _wrong(f"must be a JSON {kind}, not {_JSON_NAMES.get(type(value), 'number')}.")


_JSON_NAMES = {str: "a string", bool: "a boolean", list: "an array", dict: "an object"}


def _text(name: str) -> Check:
    test, sentence = TEXT_TESTS[name], _TEXTS[name][1]

    def check(value: Any) -> list[Fault] | None:
        if type(value) is not str:
            return _not_a("string", value)
        if test(value):
            return None
        return _wrong("An empty string is not allowed; leave the element out." if not value else _says(value, sentence))

    return check


def _says(value: Any, sentence: str) -> str:
    return f"{quote(value)} {sentence}."


def _integer(low: int, high: int) -> Check:
    def check(value: Any) -> list[Fault] | None:
        if type(value) is int and low <= value <= high:
            return None
        if type(value) not in _NUMBERS:
            return _not_a("number", value)
        return _wrong(_says(value, f"must be a whole number from {low} to {high}, without fraction or exponent"))

    return check


def _boolean(value: Any) -> list[Fault] | None:
    if type(value) is bool:
        return None
    return _not_a("boolean (true or false without quotes)", value)


def _decimal(value: Any) -> list[Fault] | None:
    if type(value) not in _NUMBERS:
        return _not_a("number", value)
    return None if type(value) is int or isfinite(value) else _wrong("must be a finite number.")


def _xhtml(value: Any) -> list[Fault] | None:
    if type(value) is not str:
        return _not_a("string", value)
    sentence = narrative_fault(value)
    return _wrong(sentence) if sentence else None
