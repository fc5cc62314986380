"""Bytes to a resource and back, losing nothing and taking nothing ambiguous (RFC 8259, FHIR R4 2.6.2).

What two readers could read in two ways (duplicate keys, NaN, lone surrogates) is refused here, once, because the stored
bytes are hashed and must mean the same to whoever checks them later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any, NoReturn

from medbridge.fhir.digits import Digits, serialize
from medbridge.fhir.outcome import FhirError, bad_request

__all__ = ["LIMITS", "Digits", "Limits", "parse", "serialize"]


@dataclass(frozen=True, slots=True)
class Limits:
    """depth: nested JSON arrays and objects; HL7's own deepest (a v3 code system) has 19, clinical records have 12.
    digits: characters of one number; FHIR promises 18 digits.
    """

    depth: int = 64
    digits: int = 100


LIMITS = Limits()

# PostgreSQL's bigint and orjson end at 64 bits; a longer integer can only be a decimal, kept as text.
_EXACT_INTEGER = 18
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_WORDS = re.compile(r'"(?:[^"\\]|\\.)*+"|(-?Infinity|NaN)', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NUL = re.compile(rb"\\u0000")


class _Duplicate(Exception):
    """A key is there twice; where is found by a second, slower reading."""


class _Number(Exception):
    """A number that is no finite decimal of reasonable length."""


class _Constant(Exception):
    """NaN or Infinity."""


class _Pairs(list[tuple[str, Any]]):
    """An object as its key and value pairs, duplicates included."""


def parse(raw: bytes, *, limits: Limits = LIMITS) -> dict[str, Any]:
    """The JSON object in `raw`; a UTF-8 byte order mark is passed over. Raises FhirError(400) saying where and what."""
    _check_depth(raw, limits.depth)
    text = _text(raw)
    try:
        value = _decoder(limits.digits).decode(text)
    except _Duplicate:
        _refuse_duplicate(text)
    except _Constant as constant:
        raise _at(text, _word(text), f"{constant} is not JSON; leave the element out.") from None
    except _Number as number:
        raise bad_request(f"The number {number} is too large, or longer than {limits.digits} characters.") from None
    except json.JSONDecodeError as error:
        raise _at(text, error.pos, f"Malformed JSON: {error.msg}.") from None
    if type(value) is not dict:
        raise bad_request("The body must be one JSON object, a resource.", code="structure")
    if b"\\u" in raw:
        _check_escapes(value, raw)
    return value


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad_request(f"The body is not UTF-8: {error.reason} at byte {error.start}.", code="structure") from None


def _check_depth(raw: bytes, limit: int) -> None:
    # Taking out innermost pairs `limit` times leaves nothing of a document that is shallow enough. Brackets inside
    # strings, and true excess, end in the exact count below; so the usual document costs a microsecond.
    brackets = raw.translate(None, _NOT_BRACKETS)
    for _ in range(limit):
        size = len(brackets)
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not brackets:
            return
        if len(brackets) == size:
            break
    depth = 0
    for token in _TOKENS.finditer(raw):
        if token[0] in b"[{":
            depth += 1
            if depth > limit:
                raise bad_request(f"Nested deeper than {limit} levels at byte {token.start()}.", code="too-costly")
        elif token[0] in b"]}":
            depth -= 1


@cache
def _decoder(digits: int) -> json.JSONDecoder:
    def decimal(text: str) -> Digits:
        if len(text) > digits or not isfinite(number := Digits(text)):
            raise _Number(text if len(text) < 40 else text[:40] + "…")
        return number

    def integer(text: str) -> int | Digits:
        return int(text) if len(text) <= _EXACT_INTEGER and text != "-0" else decimal(text)

    return json.JSONDecoder(object_pairs_hook=_object, parse_float=decimal, parse_int=integer, parse_constant=_constant)


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


def _check_escapes(value: dict[str, Any], raw: bytes) -> None:
    try:
        serialize(value)
    except TypeError:
        path = _find(value, _root(value), lambda text: any("\ud800" <= sign <= "\udfff" for sign in text))
        raise bad_request("A string holds half of a surrogate pair; send whole characters.", path, "value") from None
    if _NUL.search(raw) and (path := _find(value, _root(value), lambda text: "\0" in text)):
        raise bad_request("A string holds the character NUL; FHIR and PostgreSQL have no place for it.", path, "value")


def _root(value: dict[str, Any]) -> str:
    kind = value.get("resourceType")
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
