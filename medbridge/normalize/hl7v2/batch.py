"""Batch files: FHS, BHS, messages, BTS, FTS (HL7 v2.5.1 section 2.10.3). Any part of the envelope may be missing."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Line ends are never the second byte of a Chinese character, so bytes can be cut there before they are decoded.
_MARK = re.compile(rb"(?:^|(?<=[\r\n\x0b]))(?:(MSH|FHS|BHS)(?=[^A-Za-z0-9 \r\n])|(BTS|FTS)(?![A-Za-z0-9 ]))")
_AROUND = b"\x0b\x1c \t\r\n"


@dataclass(frozen=True, slots=True)
class Batch:
    """messages: the bytes of each, in order. faults: what the envelope says that is not so, as sentences."""

    messages: list[bytes]
    faults: list[str]


def split(raw: bytes) -> Batch:
    """The messages of a file: also of one without an envelope, and with MLLP's marks around each message."""
    raw = raw.removeprefix(b"\xef\xbb\xbf").strip(_AROUND + b"\x00\x1a")
    marks = list(_MARK.finditer(raw))
    ends = [*(mark.start() for mark in marks), len(raw)][1:]
    messages: list[bytes] = []
    faults = ["Something stands before the first segment of the file"] if marks and marks[0].start() else []
    within = 0  # messages of the batch that is open
    for mark, end in zip(marks, ends, strict=True):
        part = raw[mark.start() : end].strip(_AROUND)
        if mark[1] == b"MSH":
            messages.append(part)
            within += 1
        elif mark[2] == b"BTS":
            faults += _wrong(part, within)
            within = 0
    return Batch(messages, faults)


def _wrong(trailer: bytes, found: int) -> list[str]:
    """The count is optional; a wrong one means that the file was cut short, or glued together."""
    said = trailer.split(trailer[3:4])[1].strip() if len(trailer) > 4 else b""
    if not said.isdigit() or int(said) == found:
        return []
    return [f"BTS-1 says {int(said)} messages; there are {found}"]
