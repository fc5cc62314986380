"""JSON by the standard library: slower than `parse` is for most texts, and able to say where and why one is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from math import isfinite
from typing import Any, NoReturn

from medbridge.fhir.digits import Digits, serialize
from medbridge.fhir.outcome import FhirError, bad_request

NUL = b"\\u0000"
# What a double holds, and so what any other system can have sent. PostgreSQL's numeric ends at 1e-16383: one number
# beyond would fail every search that reads the stored resource.
GREATEST_EXPONENT = 308
_WORDS = re.compile(r'"(?:[^"\\]|\\.)*+"|(-?Infinity|NaN)', re.DOTALL)


class _Duplicate(Exception):
    """A key is there twice; where is found by a second, slower reading."""


class NumberRefused(Exception):
    """A number that is no finite decimal of reasonable length."""


class _Constant(Exception):
    """NaN or Infinity."""


class _Pairs(list[tuple[str, Any]]):
    """An object as its key and value pairs, duplicates included."""


def read_strictly(raw: bytes, digits: int) -> Any:
    """What the standard library makes of `raw`, with the place and the reason of what is refused."""
    text = _text(raw)
    try:
        value = _decoder(digits).decode(text)
    except _Duplicate:
        _refuse_duplicate(text)
    except _Constant as constant:
        raise _at(text, _word(text), f"{constant} is not JSON; leave the element out.") from None
    except NumberRefused as number:
        limits = f"too large or too near 0 (1e-{GREATEST_EXPONENT} to 1e{GREATEST_EXPONENT}), or longer than {digits}"
        raise bad_request(f"The number {number} is {limits} characters.") from None
    except json.JSONDecodeError as error:
        raise _at(text, error.pos, f"Malformed JSON: {error.msg}.") from None
    if b"\\u" in raw:
        _check_escapes(value, raw)
    return value


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad_request(f"The body is not UTF-8: {error.reason} at byte {error.start}.", code="structure") from None


@cache
def _decoder(digits: int) -> json.JSONDecoder:
    decimal = decimal_reader(digits)

    def integer(text: str) -> int | Digits:
        # orjson ends at 64 bits; a longer integer can only be a decimal. int() of a very long one takes quadratic time.
        exact = len(text) <= 20 and text != "-0" and -(2**63) <= int(text) < 2**64
        return int(text) if exact else decimal(text)

    return json.JSONDecoder(object_pairs_hook=_object, parse_float=decimal, parse_int=integer, parse_constant=_constant)


def decimal_reader(digits: int) -> Callable[[str], Digits]:
    """What makes a decimal of its text; it raises NumberRefused past `digits` characters or past what a float holds."""

    def decimal(text: str) -> Digits:
        if len(text) > digits or not isfinite(number := Digits(text)) or not _is_in_range(text, number):
            raise NumberRefused(text if len(text) < 40 else text[:40] + "…")
        return number

    return decimal


def _is_in_range(text: str, number: float) -> bool:
    """Whether the exponent is one of a double, and the number no 0 unless all its digits are."""
    if "e" not in text and "E" not in text:
        return True  # at most `digits` places
    mantissa, _, exponent = text.lower().partition("e")
    return abs(int(exponent)) <= GREATEST_EXPONENT and (number != 0 or not mantissa.strip("-0."))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        raise _Duplicate
    return built


def _constant(word: str) -> NoReturn:
    raise _Constant(word)


def _word(text: str) -> int:
    return next((match.start() for match in _WORDS.finditer(text) if match[1]), 0)


def _at(text: str, position: int, sentence: str) -> FhirError:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return bad_request(f"{sentence} Line {line}, column {column} (character {position}).", code="structure")


def _refuse_duplicate(text: str) -> NoReturn:
    path, key = next(_duplicates(json.loads(text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str), ""))
    raise bad_request(f'The key "{key}" is there twice in one object; send it once.', path or None, code="structure")


def _duplicates(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Pairs):
        path = path or _resource_type(value)
        seen: set[str] = set()
        for key, item in value:
            if key in seen:
                yield f"{path}.{key}" if path else key, key
            seen.add(key)
            yield from _duplicates(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _duplicates(item, f"{path}[{number}]")


def _resource_type(value: _Pairs) -> str:
    return next((item for key, item in value if key == "resourceType" and isinstance(item, str)), "")


def _check_escapes(value: Any, raw: bytes) -> None:
    try:
        serialize(value)
    except TypeError:
        path = _find(value, _root(value), lambda text: any("\ud800" <= sign <= "\udfff" for sign in text))
        raise bad_request("A string holds half of a surrogate pair; send whole characters.", path, "value") from None
    if NUL in raw and (path := _find(value, _root(value), lambda text: "\0" in text)):
        raise bad_request("A string holds the character NUL; FHIR and PostgreSQL have no place for it.", path, "value")


def _root(value: Any) -> str:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) and kind.isalpha() and kind.isascii() else ""


def _find(value: Any, path: str, wrong: Callable[[str], bool]) -> str | None:
    """The path of the first string, or of the object with the first key, that is wrong."""
    if isinstance(value, str):
        return (path or "the body") if wrong(value) else None
    members = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, item in members:
        if isinstance(key, str) and wrong(key):
            return path or "the body"
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if path else key
        if found := _find(item, path + step, wrong):
            return found
    return None
