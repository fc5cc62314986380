"""HL7 v2 messages in ER7 ("pipe and hat") form: bytes -> segments -> fields, each read only when asked for.

Source of the grammar: HL7 v2.5.1 chapter 2, sections 2.5 to 2.8. Nothing is validated against a version's segment
definitions: real senders of 2.3 use fields of 2.5, and Z segments are part of the trade.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.charset import decode
from medbridge.normalize.hl7v2.escape import Encoding, unescape

NULL = '""'  # "the sender deletes the value": the element is absent from the snapshot that the message is
SEGMENT_LIMIT = 20_000  # a full microbiology history has some thousand; each segment costs about a kilobyte
LINE_END = re.compile(r"\r\n?|\n(?=[A-Z][A-Z0-9]{2}[^A-Za-z0-9 ])")  # a bare LF elsewhere belongs to the field's text
SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


class Element:
    """One repetition of a field: its components and subcomponents, numbered from 1."""

    __slots__ = ("_components", "encoding", "place", "text")

    def __init__(self, text: str, encoding: Encoding, place: str) -> None:
        self.text = text
        self.encoding = encoding
        self.place = place  # "PID-3" or, of the second segment of its name, "NK1[2]-5"
        self._components = text.split(encoding.component) if encoding.component else [text]

    def raw(self, component: int) -> str:
        return self._components[component - 1] if component <= len(self._components) else ""

    def part(self, component: int, subcomponent: int = 1) -> str:
        """Unescaped and trimmed; "" when absent or deleted."""
        text = self.raw(component)
        mark = self.encoding.subcomponent
        if mark and mark in text:
            parts = text.split(mark)
            text = parts[subcomponent - 1] if subcomponent <= len(parts) else ""
        elif subcomponent > 1:
            return ""
        return "" if text == NULL else unescape(text, self.encoding).strip()

    def subcomponents(self, component: int) -> Element:
        """A component read as an element of its own, its subcomponents as components (HD inside CX, CN inside NDL)."""
        inner = Encoding(component=self.encoding.subcomponent, subcomponent="", escape=self.encoding.escape)
        return Element(self.raw(component), inner, self.place)

    def whole(self) -> str:
        """The field as one text (ST, TX, FT), indentation kept: reports are laid out with it."""
        return "" if self.text == NULL else unescape(self.text, self.encoding).rstrip()

    def __bool__(self) -> bool:
        return self.text.strip(self.encoding.component + self.encoding.subcomponent + " ") not in ("", NULL)


class Segment:
    """One line. Remembers which fields were asked for, so that what nobody read can be reported."""

    __slots__ = ("_fields", "encoding", "name", "number", "read", "text")

    def __init__(self, text: str, encoding: Encoding, number: int = 1) -> None:
        self.text = text
        self.name = text[:3]
        self.encoding = encoding
        self.number = number  # counts the segments of this name, from 1
        self.read: set[int] = set()
        self._fields: list[str] | None = None

    @property
    def fields(self) -> list[str]:
        """Raw fields so that fields[n] is field n; MSH-1 is the separator itself."""
        if self._fields is None:
            self._fields = self.text.split(self.encoding.field)
            if self.name == "MSH":
                self._fields.insert(1, self.encoding.field)
        return self._fields

    def place(self, field: int) -> str:
        return f"{self.name}-{field}" if self.number == 1 else f"{self.name}[{self.number}]-{field}"

    def raw(self, field: int) -> str:
        self.read.add(field)
        fields = self.fields
        return fields[field] if field < len(fields) else ""

    def all(self, field: int) -> list[Element]:
        """The repetitions that hold something."""
        text = self.raw(field)
        if not text or text == NULL:
            return []
        mark = self.encoding.repetition
        parts = text.split(mark) if mark and mark in text else [text]
        return [element for part in parts if (element := Element(part, self.encoding, self.place(field)))]

    def first(self, field: int) -> Element:
        """The first repetition that holds something, or an empty element."""
        return next(iter(self.all(field)), None) or Element("", self.encoding, self.place(field))

    def value(self, field: int, component: int = 1, subcomponent: int = 1) -> str:
        return self.first(field).part(component, subcomponent)

    def valued(self) -> Iterator[int]:
        """Numbers of the fields that hold something."""
        return (number for number, text in enumerate(self.fields) if number and text and text != NULL)


class Message:
    """A parsed message; `segments[0]` is MSH."""

    def __init__(self, segments: list[Segment], encoding: Encoding) -> None:
        self.segments = segments
        self.encoding = encoding

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


def parse(raw: bytes, charset: str | None = None) -> Message:
    """Message from the bytes between the MLLP frame's marks.

    charset: Python codec that overrides MSH-18. Segments may end with CR (the standard), LF or CRLF.
    Raises NormalizeError(stage "parse") that names the segment; never anything else, whatever the bytes.
    """
    text, codec = decode(raw, charset)
    encoding = delimiters(text, codec)
    lines = [line for line in (LINE_END.split(text) if "\n" in text else text.split("\r")) if line]
    if len(lines) > SEGMENT_LIMIT:
        raise NormalizeError(Problem("parse", "", f"{len(lines)} segments; at most {SEGMENT_LIMIT} are taken"))
    counts: dict[str, int] = {}
    segments = []
    for number, line in enumerate(lines, 1):
        name = line[:3]
        if not SEGMENT_NAME.fullmatch(name) or line[3:4] not in ("", encoding.field):
            reason = f"{line[:12]!r} does not begin with a segment name"
            raise NormalizeError(Problem("parse", f"segment {number}", reason))
        counts[name] = counts.get(name, 0) + 1
        segments.append(Segment(line, encoding, counts[name]))
    if counts["MSH"] > 1:
        raise NormalizeError(Problem("parse", "MSH[2]", "one message at a time: send each in its own frame"))
    return Message(segments, encoding)


def delimiters(text: str, charset: str = "utf-8") -> Encoding:
    """Encoding characters from MSH-1 and MSH-2. Raises NormalizeError naming what is wrong with them."""
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
