"""Decimals that keep their digits: FHIR forbids losing the precision of a decimal (R4 2.24.0.1: 0.010 is not 0.01)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson


class Digits(float):
    """A float that remembers the text it was written as; equal to any number of the same value."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Digits:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        return (self.text,)

    def __repr__(self) -> str:
        return self.text


def _fragment(value: Any) -> orjson.Fragment:
    if type(value) is Digits:
        return orjson.Fragment(value.text)
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is not JSON")


def serialize(resource: Any, *, indent: bool = False) -> bytes:
    """UTF-8 JSON, keys in the order given, every `Digits` and `Decimal` with the digits it was made from.

    Raises TypeError for what JSON cannot hold: lone surrogates, integers beyond 64 bits, foreign objects.
    """
    return orjson.dumps(resource, default=_fragment, option=orjson.OPT_INDENT_2 if indent else None)
