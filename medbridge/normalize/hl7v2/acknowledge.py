"""The answer to a message: MSH, MSA and, when it is refused, ERR (HL7 v2.5.1 chapter 2, section 2.9)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.charset import BYTE_ORDER_MARKS, HEADER_LIMIT, codec_name, declared_charset
from medbridge.normalize.hl7v2.escape import Encoding, escape
from medbridge.normalize.hl7v2.message import delimiters

PLACE = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\.(\d+))?)?")
CONDITIONS = {"MSH-9": "200^Unsupported message type^HL70357", "MSH-12": "203^Unsupported version id^HL70357"}
OTHER_CONDITION = "207^Application error^HL70357"
TEXT_LIMIT = 1000  # characters of the reason; v2.5 receivers cut user messages at 250, but keep the line


def refusal_code(problem: Problem) -> str:
    """AR for what can never be taken (unreadable, or of a kind not supported), AE for wrong content."""
    return "AR" if problem.stage == "parse" else "AE"


def acknowledge(
    raw: bytes,
    code: str,
    text: str = "",
    place: str = "",
    *,
    control_id: str = "",
    charset: str | None = None,
    at: datetime | None = None,
    asks_nothing: bool = False,
) -> bytes:
    """The acknowledgment of `raw`, whatever `raw` is: what cannot be read of its header stays empty.

    code: AA, AE or AR, in enhanced mode CA, CE or CR (HL7 table 0008); a message without a readable header gets AR or
    CR in any case. text, place: the reason and where ("PID-3", "OBX[2]-5"), for a refusal. control_id: MSH-10 of the
    answer, by default derived from `raw`. charset: codec configured for the source. at: time of the answer, with its
    offset; else MSH-7 is the sender's own. asks_nothing: MSH-15 and MSH-16 are NE, as in the application
    acknowledgement of enhanced mode, which nobody need acknowledge.
    """
    header, encoding, codec = _header(raw, charset)
    code = code if header else f"{code[0]}R"
    mark, reason = encoding.component, escape(text[:TEXT_LIMIT], encoding)
    lines = [
        _message_header(
            header,
            encoding,
            control_id or hashlib.sha256(raw + code.encode()).hexdigest()[:20],
            at,
            "NE" if asks_nothing else "",
        ),
        ["MSA", code, _field(header, 10), reason],
    ]
    if code not in ("AA", "CA"):
        condition = CONDITIONS.get(place, OTHER_CONDITION).replace("^", mark)
        lines.append(["ERR", "", _location(place, mark), condition, "E", "", "", "", reason])
    message = "".join(encoding.field.join(line).rstrip(encoding.field) + "\r" for line in lines)
    return message.encode(codec, "replace")


def header_field(raw: bytes, number: int, charset: str | None = None) -> str:
    """MSH-`number` as written, "" when absent or when there is no readable header."""
    return _field(_header(raw, charset)[0], number)


def _header(raw: bytes, charset: str | None) -> tuple[list[str], Encoding, str]:
    """MSH as raw fields ([n] is MSH-n), [] when there is none; the delimiters and the codec to answer in."""
    codec = charset or next((name for mark, name in BYTE_ORDER_MARKS.items() if raw.startswith(mark)), "")
    codec = codec or codec_name(declared_charset(raw.lstrip())) or "utf-8"
    line = re.split(r"[\r\n]", raw[:HEADER_LIMIT].decode(codec, "replace").lstrip("\ufeff\x0b \t\r\n"))[0]
    try:
        encoding = delimiters(line, codec)
    except NormalizeError:
        return [], Encoding(), "utf-8"
    return ["MSH", *line.split(encoding.field)], encoding, codec


def _field(header: list[str], number: int) -> str:
    return header[number] if number < len(header) else ""


def _message_header(
    header: list[str], encoding: Encoding, control_id: str, at: datetime | None, asks: str
) -> list[str]:
    """MSH of the answer: receiver and sender change places, version, processing id and character set are echoed."""
    echo = [_field(header, number) for number in range(19)]
    kinds = echo[9].split(encoding.component)
    kind = encoding.component.join(["ACK", kinds[1], "ACK"] if len(kinds) > 1 and kinds[1] else ["ACK"])
    marks = echo[2] or "^~\\&"
    time = at.strftime("%Y%m%d%H%M%S%z") if at else echo[7]
    names = [echo[5], echo[6], echo[3], echo[4]]
    fields = ["MSH", marks, *names, time, "", kind, control_id, echo[11] or "P", echo[12] or "2.5.1"]
    return [*fields, "", "", asks, asks, "", echo[18]]


def _location(place: str, mark: str) -> str:
    """ERL: segment, sequence, field, repetition, component."""
    match = PLACE.fullmatch(place)
    if match is None:
        return ""
    segment, sequence, field, component = match.groups()
    parts = [segment, sequence or "1", field or "", "1" if component else "", component or ""]
    return mark.join(parts).rstrip(mark)
