"""HL7 v2 messages in ER7 ("pipe and hat") form: bytes -> segments -> fields, each read only when asked for.

Source of the grammar: HL7 v2.5.1 chapter 2, sections 2.5 to 2.8. Nothing is validated against a version's segment
definitions: real senders of 2.3 use fields of 2.5, and Z segments are part of the trade.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.charset import AROUND, decode
from medbridge.normalize.hl7v2.escape import Encoding, unescape

NULL = '""'  # "the sender deletes the value": the element is absent from the snapshot that the message is
SEGMENT_LIMIT = 20_000  # a full microbiology history has some thousand; each segment costs about a kilobyte
LINE_END = re.compile(r"\r\n?|\n(?=[A-Z][A-Z0-9]{2}[^A-Za-z0-9 ])")  # a bare LF elsewhere belongs to the field's text
SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


class Element:
    """One repetition of a field, or a component of one: its parts, numbered from 1."""

    __slots__ = ("_parts", "encoding", "field", "index", "outer", "segment", "written")

    def __init__(
        self,
        written: str,
        encoding: Encoding,
        segment: Segment,
        field: int,
        outer: Element | None = None,
        index: int = 1,
    ) -> None:
        self.written = written
        self.encoding = encoding
        self.segment = segment
        self.field = field
        self.outer = outer  # the element that this one is component `index` of; a field's repetition has none
        self.index = index
        self._parts: list[str] | None = None

    @property
    def place(self) -> str:
        """ "PID-3" or, of the second segment of its name, "NK1[2]-5"; with its component, "PID-3.4"."""
        return f"{self.outer.place}.{self.index}" if self.outer else self.segment.at(self.field)

    @property
    def span(self) -> tuple[int, int]:
        start = self.start
        return self.segment.message.span(start, start + len(self.written))

    @property
    def start(self) -> int:
        """Offset of the first character in the message's text."""
        if self.outer is None:
            return self.segment.start_of(self.field, self.index)
        before = self.outer.parts[: self.index - 1]
        return self.outer.start + sum(map(len, before)) + len(before)

    @property
    def parts(self) -> list[str]:
        if self._parts is None:
            mark = self.encoding.component
            self._parts = self.written.split(mark) if mark else [self.written]
        return self._parts

    def raw(self, component: int) -> str:
        parts = self.parts
        return parts[component - 1] if component <= len(parts) else ""

    def part(self, component: int, subcomponent: int = 1) -> str:
        """Unescaped and trimmed; "" when absent or deleted."""
        parts = self._parts if self._parts is not None else self.parts
        if component > len(parts) or not (text := parts[component - 1]):
            return ""
        mark = self.encoding.subcomponent
        if mark and mark in text:
            inner = text.split(mark)
            text = inner[subcomponent - 1] if subcomponent <= len(inner) else ""
        elif subcomponent > 1:
            return ""
        if self.encoding.escape and self.encoding.escape in text:
            text = unescape(text, self.encoding)
        return "" if text == NULL else text.strip()

    def text(self) -> str:
        return self.part(1)

    def component(self, number: int) -> Element:
        """A component read as an element of its own, its subcomponents as components (HD inside CX, CN inside NDL)."""
        return Element(self.raw(number), self.encoding.inner, self.segment, self.field, self, number)

    def whole(self) -> str:
        """The field as one text (ST, TX, FT), indentation kept: reports are laid out with it."""
        return "" if self.written == NULL else unescape(self.written, self.encoding).rstrip()

    def __bool__(self) -> bool:
        return self.written.strip(self.encoding.component + self.encoding.subcomponent + " ") not in ("", NULL)


class Segment:
    """One line. `group` is where the message's structure puts it."""

    __slots__ = ("_fields", "continued", "encoding", "group", "message", "name", "number", "written")

    def __init__(self, written: str, message: Message, number: int) -> None:
        self.written = written
        self.name = written[:3]
        self.message = message
        self.encoding = message.encoding
        self.number = number  # counts the segments of this name, from 1
        self.group: Any = None
        self.continued: list[Segment] | None = None  # further lines of the text that this one begins (groups.py)
        self._fields: list[str] | None = None

    @property
    def fields(self) -> list[str]:
        """Raw fields so that fields[n] is field n; MSH-1 is the separator itself."""
        if self._fields is None:
            self._fields = self.written.split(self.encoding.field)
            if self.name == "MSH":
                self._fields.insert(1, self.encoding.field)
        return self._fields

    @property
    def place(self) -> str:
        return self.name if self.number == 1 else f"{self.name}[{self.number}]"

    def at(self, field: int) -> str:
        """How people name the field: "PID-5", "OBX[2]-3"."""
        return f"{self.place}-{field}"

    @property
    def span(self) -> tuple[int, int]:
        start = self.message.start_of(self)
        return self.message.span(start, start + len(self.written))

    def start_of(self, field: int, repetition: int) -> int:
        """Offset in the message's text of a repetition (from 1) of a field."""
        msh = self.name == "MSH"
        before = [self.name, *self.fields[2:field]] if msh else self.fields[:field]
        start = self.message.start_of(self) + sum(map(len, before)) + len(before)
        mark = self.encoding.repetition
        earlier = self.fields[field].split(mark)[: repetition - 1] if mark and repetition > 1 else []
        return start + sum(map(len, earlier)) + len(earlier)

    def text(self) -> str:
        return ""

    def raw(self, field: int) -> str:
        fields = self.fields
        return fields[field] if field < len(fields) else ""

    def all(self, field: int) -> list[Element]:
        """The repetitions that hold something."""
        text = self.raw(field)
        if not text or text == NULL:
            return []
        mark = self.encoding.repetition
        if not mark or mark not in text or (self.name == "MSH" and field == 2):
            element = Element(text, self.encoding, self, field)
            return [element] if element else []
        parts = enumerate(text.split(mark), 1)
        return [each for n, part in parts if (each := Element(part, self.encoding, self, field, None, n))]

    def first(self, field: int) -> Element:
        """The first repetition that holds something, or an empty element."""
        return next(iter(self.all(field)), None) or Element("", self.encoding, self, field)

    def value(self, field: int, component: int = 1, subcomponent: int = 1) -> str:
        return self.first(field).part(component, subcomponent)

    def valued(self) -> Iterator[int]:
        """Numbers of the fields that hold something."""
        return (number for number, text in enumerate(self.fields) if number and text and text != NULL)

    def deleted(self) -> Iterator[int]:
        """Numbers of the fields that the sender deletes: they hold two double quotes."""
        return (number for number, text in enumerate(self.fields) if text == NULL)


class Message:
    """A parsed message; `segments[0]` is MSH."""

    def __init__(self, raw: bytes, text: str, encoding: Encoding) -> None:
        self.raw = raw
        self.text = text
        self.encoding = encoding
        self.segments: list[Segment] = []

    @property
    def header(self) -> Segment:
        return self.segments[0]

    @cached_property
    def _by_name(self) -> dict[str, list[Segment]]:
        found: dict[str, list[Segment]] = {}
        for segment in self.segments:
            found.setdefault(segment.name, []).append(segment)
        return found

    def all(self, name: str) -> list[Segment]:
        return self._by_name.get(name, [])

    def first(self, name: str) -> Segment | None:
        return next(iter(self.all(name)), None)

    @cached_property
    def _starts(self) -> dict[int, int]:
        starts, position = {}, 0
        for segment in self.segments:
            position = self.text.index(segment.written, position)
            starts[id(segment)] = position
            position += len(segment.written)
        return starts

    def start_of(self, segment: Segment) -> int:
        """Offset of a segment in the text."""
        return self._starts[id(segment)]

    @cached_property
    def _original(self) -> tuple[str, int]:
        """The text as decoded, before anything was trimmed, and how many characters were trimmed in front."""
        codec = self.encoding.charset
        whole = self.raw.decode("utf-8-sig" if codec == "utf-8" and self.raw.startswith(b"\xef\xbb\xbf") else codec)
        return whole, len(whole) - len(whole.lstrip(AROUND))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters of the text as bytes [first, after the last) of the message as received."""
        whole, lead = self._original
        codec = {"utf-16": "utf-16-le"}.get(self.encoding.charset, self.encoding.charset)
        mark = len(self.raw) - len(whole.encode(codec, "surrogatepass"))
        first = mark + len(whole[: lead + start].encode(codec))
        return first, first + len(whole[lead + start : lead + end].encode(codec))


def parse(raw: bytes, charset: str | None = None) -> Message:
    """Message from the bytes between the MLLP frame's marks.

    charset: Python codec that overrides MSH-18. Segments may end with CR (the standard), LF or CRLF.
    Raises NormalizeError(stage "parse") that names the segment; never anything else, whatever the bytes.
    """
    text, codec = decode(raw, charset)
    encoding = delimiters(text, codec)
    lines = LINE_END.split(text) if "\n" in text else text.split("\r")
    if len(lines) > SEGMENT_LIMIT:
        raise NormalizeError(Problem("parse", "", f"{len(lines)} segments; at most {SEGMENT_LIMIT} are taken"))
    message = Message(raw, text, encoding)
    counts: dict[str, int] = {}
    for line in lines:
        if line:
            name = line[:3]
            if name not in counts or line[3:4] not in ("", encoding.field):
                _check_name(name, line, encoding, len(message.segments) + 1)
            counts[name] = counts.get(name, 0) + 1
            message.segments.append(Segment(line, message, counts[name]))
    if counts["MSH"] > 1:
        raise NormalizeError(Problem("parse", "MSH[2]", "one message at a time: send each in its own frame"))
    return message


def _check_name(name: str, line: str, encoding: Encoding, number: int) -> None:
    if not SEGMENT_NAME.fullmatch(name) or line[3:4] not in ("", encoding.field):
        reason = f"{line[:12]!r} does not begin with a segment name"
        raise NormalizeError(Problem("parse", f"segment {number}", reason))


def delimiters(text: str, charset: str = "utf-8") -> Encoding:
    """Encoding characters from MSH-1 and MSH-2. Raises NormalizeError naming what is wrong with them."""
    return _delimiters(text[:12], charset)


@lru_cache(maxsize=256)
def _delimiters(text: str, charset: str) -> Encoding:
    if not text.startswith("MSH"):
        begins = f"begins with {text[:10]!r}" if text else "is empty"
        raise NormalizeError(Problem("parse", "MSH", f"the message {begins}; it must begin with MSH"))
    field = text[3:4]
    marks = re.split(r"[\r\n]", text[4:12])[0].split(field or "|")[0]
    if not field or field.isalnum() or field.isspace():
        raise NormalizeError(Problem("parse", "MSH-1", "a field separator is required"))
    if not marks or len(set(marks + field)) != len(marks) + 1 or any(m.isalnum() or m.isspace() for m in marks):
        raise NormalizeError(Problem("parse", "MSH-2", f"{marks!r} are not encoding characters such as ^~\\&"))
    return Encoding(field, marks[0:1], marks[1:2], marks[2:3], marks[3:4], charset)


def event(message: Message) -> str:
    """Message type and trigger event as "ADT^A01" (MSH-9.1 and .2)."""
    kind = message.header.first(9)
    return f"{kind.part(1)}^{kind.part(2)}".rstrip("^")


def message_key(message: Message) -> str:
    """MSH-10, the sender's name of the message. Raises NormalizeError when it is empty."""
    if key := message.header.value(10):
        return key
    raise NormalizeError(Problem("parse", "MSH-10", "a message control id is required"))
