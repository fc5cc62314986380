"""JSON read without tolerance: each value has one spelling, each object exactly its fields, each size a limit."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from anchoring.core.encoding import HASH_BYTES, Malformed, from_hex

MAX_DEPTH = 16  # a receipt nests 5 deep
MAX_INTEGER = 2**53 - 1  # RFC 8259 section 6: what every JSON reader keeps exactly
_DIGITS = 2 * HASH_BYTES
_BRACKETS = re.compile(r"[\[\]{}]")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """`read(json value, where)` raises Malformed naming `where`; `write` is its inverse."""

    read: Callable[[Any, str], T]
    write: Callable[[T], Any]


def parse(raw: bytes, *, limit: int, what: str) -> Any:
    """Standard JSON only: no doubled key, no fraction, no NaN, no deep nesting. Raises Malformed."""
    if len(raw) > limit:
        raise Malformed(f"{what} is larger than {limit} bytes")
    try:
        text = raw.decode()
        _check_depth(text, what)
        return json.loads(text, object_pairs_hook=_pairs, parse_float=_refuse, parse_constant=_refuse)
    except Malformed:
        raise
    except UnicodeDecodeError as error:
        raise Malformed(f"{what} is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"{what} is not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from error
    except ValueError as error:  # an integer of thousands of digits
        raise Malformed(f"{what} holds a number that is too long") from error


def _check_depth(text: str, what: str) -> None:
    """Brackets inside strings count too; no string of a receipt holds any."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise Malformed(f"{what} nests deeper than {MAX_DEPTH}")


def _refuse(number: str) -> NoReturn:
    raise Malformed(f"{number[:40]} is not a whole number")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise Malformed(f"field {next(key for key in keys if keys.count(key) > 1)!r} occurs twice")
    return made


def _kind(value: Any, kind: type, where: str, name: str) -> None:
    if type(value) is not kind:
        raise Malformed(f"{where} must be {name}")


def _read_integer(value: Any, where: str) -> int:
    _kind(value, int, where, "a whole number")
    if not 0 <= value <= MAX_INTEGER:
        raise Malformed(f"{where} must be between 0 and 2^53-1")
    return int(value)


integer: Codec[int] = Codec(_read_integer, int)


def hexadecimal(*, size: int | None = None, limit: int = 0, backwards: bool = False) -> Codec[bytes]:
    """Bytes as lower-case hex: exactly `size`, or 1 to `limit`; `backwards` for Bitcoin's display order."""

    def read(value: Any, where: str) -> bytes:
        _kind(value, str, where, "a string")
        if size is not None and len(value) != 2 * size:
            raise Malformed(f"{where} must be {2 * size} hexadecimal digits, not {len(value)}")
        if size is None and not 0 < len(value) <= 2 * limit:
            raise Malformed(f"{where} must be 1 to {limit} bytes in hexadecimal")
        raw = from_hex(value, where)
        return raw[::-1] if backwards else raw

    return Codec(read, lambda raw: (raw[::-1] if backwards else raw).hex())


def text(limit: int) -> Codec[str]:
    def read(value: Any, where: str) -> str:
        _kind(value, str, where, "a string")
        if len(value) > limit:
            raise Malformed(f"{where} is longer than {limit} characters")
        return str(value)

    return Codec(read, str)


def array(item: Codec[T], limit: int) -> Codec[tuple[T, ...]]:
    def read(value: Any, where: str) -> tuple[T, ...]:
        _kind(value, list, where, "an array")
        if len(value) > limit:
            raise Malformed(f"{where} has more than {limit} items")
        return tuple(item.read(element, f"{where}[{i}]") for i, element in enumerate(value))

    return Codec(read, lambda values: [item.write(value) for value in values])


def hashes(limit: int) -> Codec[tuple[bytes, ...]]:
    """An array of 32-byte values in hex. As `array`, in a quarter of its time: most of a receipt is hashes."""
    slow = array(hexadecimal(size=HASH_BYTES), limit)

    def read(value: Any, where: str) -> tuple[bytes, ...]:
        if type(value) is not list or not all(type(item) is str and len(item) == _DIGITS for item in value):
            return slow.read(value, where)
        joined = "".join(value)
        try:
            raw = from_hex(joined, where)
        except Malformed:
            return slow.read(value, where)
        if len(value) > limit:
            return slow.read(value, where)
        return tuple([raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)])

    return Codec(read, slow.write)


def record(made: type[T], codecs: Mapping[str, Codec[Any]], **constants: str) -> Codec[T]:
    """An object with exactly these fields, which are also the attributes of `made`; `constants` have one value."""
    names = {*codecs, *constants}

    def read(value: Any, where: str) -> T:
        _kind(value, dict, where, "an object")
        for name in sorted(names ^ value.keys()):
            raise Malformed(f"{where} has {'no' if name in names else 'an unknown'} field {name[:40]!r}")
        for name, constant in constants.items():
            if value[name] != constant:
                raise Malformed(f"{where}.{name} must be {constant!r}")
        return made(**{name: codec.read(value[name], f"{where}.{name}") for name, codec in codecs.items()})

    def write(instance: T) -> dict[str, Any]:
        return {**constants, **{name: codec.write(getattr(instance, name)) for name, codec in codecs.items()}}

    return Codec(read, write)
