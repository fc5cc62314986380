"""Where in the bytes of a message a problem is: what a person must look at to mend it."""

from __future__ import annotations

import re

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.charset import BYTE_ORDER_MARKS, codec_name, declared_charset
from medbridge.normalize.hl7v2.message import Message, parse

PLACE = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\.(\d+))?)?")
_LINE = re.compile(rb"[^\r\n]+")
Span = tuple[int, int]


def locate(raw: bytes, problem: Problem, charset: str | None = None) -> Span | None:
    """[first byte, byte after the last) of what the problem is about, None when nothing of the message is.

    A field that is not there is its segment's to mend.
    """
    try:
        return _of_place(parse(raw, charset), problem.place)
    except NormalizeError:
        return _undecodable(raw, charset) or _of_line(raw, problem.place)
    except UnicodeError:
        return None


def _of_place(message: Message, place: str) -> Span | None:
    match = PLACE.fullmatch(place)
    if match is None:
        return None
    name, number, field, component = match.groups()
    segments = message.all(name)
    index = int(number or 1) - 1
    if index >= len(segments):
        return None
    element = segments[index].first(int(field)) if field else None
    if not element:
        return segments[index].span
    return element.component(int(component)).span if component else element.span


def _undecodable(raw: bytes, charset: str | None) -> Span | None:
    """The first bytes that are no text in the character set of the message."""
    mark = next((codec for mark, codec in BYTE_ORDER_MARKS.items() if raw.startswith(mark)), None)
    try:
        raw.decode(charset or mark or codec_name(declared_charset(raw)) or "utf-8")
    except UnicodeDecodeError as error:
        return error.start, error.end
    except (UnicodeError, LookupError):
        return None
    return None


def _of_line(raw: bytes, place: str) -> Span | None:
    """Of a message that cannot be parsed: "segment 3", or the first line of the name."""
    lines = list(_LINE.finditer(raw))
    if match := re.fullmatch(r"segment (\d+)", place):
        number = int(match[1])
        return lines[number - 1].span() if number <= len(lines) else None
    found = (line for line in lines if line[0].lstrip(b"\x0b")[:3] == place[:3].encode())
    return next((line.span() for line in found), lines[0].span() if lines else None)
