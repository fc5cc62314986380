"""Bytes to a resource and back, losing nothing and taking nothing ambiguous (RFC 8259, FHIR R4 2.6.2).

What two readers could read in two ways (duplicate keys, NaN, lone surrogates) is refused here, once, because the stored
bytes are hashed and must mean the same to whoever checks them later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from medbridge.fhir.digits import Digits, serialize
from medbridge.fhir.outcome import bad_request
from medbridge.fhir.strict import NUL, NumberRefused, decimal_reader, read_strictly

__all__ = ["LIMITS", "Digits", "Limits", "parse", "parse_list", "serialize"]


@dataclass(frozen=True, slots=True)
class Limits:
    """depth: nested JSON arrays and objects; HL7's own deepest (a v3 code system) has 19, clinical records have 12.
    digits: characters of one number; FHIR promises 18 digits. items: of one list, a Bundle's entries aside; None: any.
    """

    depth: int = 64
    digits: int = 100
    items: int | None = None


LIMITS = Limits()

_BLANKS = b" \t\n\r"
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def parse(raw: bytes, *, limits: Limits = LIMITS) -> dict[str, Any]:
    """The JSON object in `raw`; a UTF-8 byte order mark is passed over. Raises FhirError(400) saying where and what."""
    _check_depth(raw, limits.depth)
    value = _quick(raw, limits.digits)
    value = read_strictly(raw, limits.digits) if value is None else value
    if type(value) is not dict:
        raise bad_request("The body must be one JSON object, a resource.", code="structure")
    _check_lists(raw, value, limits.items)
    return value


def parse_list(raw: bytes, *, limits: Limits = LIMITS) -> list[Any]:
    """The JSON array in `raw` (a JSON Patch), read as strictly as a resource."""
    _check_depth(raw, limits.depth)
    value = read_strictly(raw, limits.digits)
    if type(value) is not list:
        raise bad_request("The body must be one JSON array.", code="structure")
    _check_lists(raw, value, limits.items)
    return value


def _quick(raw: bytes, digits: int) -> dict[str, Any] | None:
    """What a decoder in C makes of `raw`, if writing it again proves that nothing was lost; else None.

    Two valid JSON texts that are equal but for blanks have the same tokens in the same order. So what was read had as
    many keys as what was written (none was there twice), and each number and each escape is as it was sent.
    """
    try:
        value = _decoder(digits).decode(raw)
        written = serialize(value)
    except (msgspec.DecodeError, UnicodeDecodeError, NumberRefused, TypeError, RecursionError):
        return None
    if written != raw and written.translate(None, _BLANKS) != raw.translate(None, _BLANKS):
        return None
    # Of what the strict reading refuses, only NUL comes back as it was.
    return None if type(value) is not dict or (b"\\" in raw and NUL in raw) else value


@cache
def _decoder(digits: int) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(float_hook=decimal_reader(digits))


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


def _check_lists(raw: bytes, value: Any, limit: int | None) -> None:
    # A list of n items has n - 1 commas: few bodies are walked through at all.
    if limit is None or raw.count(b",") < limit:
        return
    entries = value.get("entry") if isinstance(value, dict) else None
    pending = [("", value)]
    while pending:
        place, each = pending.pop()
        if isinstance(each, list):
            if len(each) > limit and each is not entries:
                raise bad_request(f"{len(each)} items in one list; the limit is {limit}.", place, code="too-costly")
            pending += [(f"{place}[{at}]", item) for at, item in enumerate(each) if isinstance(item, dict | list)]
        else:
            pending += [
                (f"{place}.{key}".lstrip("."), item) for key, item in each.items() if isinstance(item, dict | list)
            ]
