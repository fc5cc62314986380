"""Which character set a message is in (MSH-18, HL7 table 0211), and its text.

Text is decoded before it is split: in GBK and GB18030, 471 two-byte characters end in the byte of | ^ ~ or \\,
so a message that is split as bytes loses parts of names.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from medbridge.normalize.conversion import NormalizeError, Problem

# Table 0211 and what real senders write. gb18030 reads every GBK and GB2312 text, and the rare name characters besides.
CODECS = {
    "ASCII": "utf-8",
    "ISO646": "utf-8",
    "UNICODE": "utf-8",
    "UNICODEUTF8": "utf-8",
    "UTF8": "utf-8",
    "UNICODEUTF16": "utf-16",
    "GB180302000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "BIG5": "big5hkscs",
    "KSX1001": "cp949",
    "ISOIR87": "iso2022_jp",
    **{f"8859{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LINE = re.compile(rb"[^\r\n]*")
HEADER_LIMIT = 4096  # bytes looked at to find MSH-18; a real header has fewer than 400
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # neither FHIR strings nor PostgreSQL text can hold them
ODD_SPACE = re.compile(r"[^\S \t\r\n]")  # U+00A0, U+3000 ...: FHIR's string allows no white space but these four


AROUND = "\ufeff\x00\x0b\x1c\x1a \t\r\n"  # what transports leave around a message


@lru_cache(maxsize=256)
def codec_name(declared: str) -> str | None:
    """Python codec of an MSH-18 value, None if it is not one of table 0211's or its usual misspellings."""
    name = re.sub(r"[^A-Z0-9]", "", declared.upper())
    return CODECS.get(name) or CODECS.get(name.removeprefix("ISO").removeprefix("IEC"))


def declared_charset(raw: bytes) -> str:
    """The first repetition of MSH-18 as written, "" if absent.

    The header is read twice, as single bytes and as GB18030: a Chinese facility name in MSH-4 may itself hold a byte
    that looks like the field separator.
    """
    header = LINE.match(raw, 0, HEADER_LIMIT)[0]  # type: ignore[index]  # matches the empty text too
    found = ""
    for codec in ("latin-1",) if header.isascii() else ("latin-1", "gb18030"):
        text = header.decode(codec, "replace")
        fields = text.split(text[3:4] or "|")
        value = fields[17].split(fields[1][1:2] or "~")[0].strip() if len(fields) > 17 else ""
        if codec_name(value):
            return value
        found = found or value
    return found


def decode(raw: bytes, override: str | None = None) -> tuple[str, str]:
    """Text and Python codec of a message.

    override: codec name configured for the source; wins over MSH-18, because devices declare one set and send another.
    Raises NormalizeError when the set is unknown, the bytes do not fit it or a control character is in the text.
    """
    codec = override or next((codec for mark, codec in BYTE_ORDER_MARKS.items() if raw.startswith(mark)), None)
    if codec is None:
        declared = declared_charset(raw)
        codec = codec_name(declared) if declared else "utf-8"
        if codec is None:
            raise refused(f"character set {declared[:30]!r} is not in HL7 table 0211")
    try:
        text = raw.decode(codec)
    except UnicodeError as error:
        at = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise refused(f"the bytes are not {codec}{at}; correct MSH-18 or set the charset of this source") from None
    except LookupError:
        raise refused(f"{codec!r}, configured for this source, is not a character set") from None
    return clean(text.strip(AROUND)), "utf-8" if codec == "utf-8-sig" else codec


def clean(text: str) -> str:
    if wrong := CONTROL.search(text):
        raise NormalizeError(
            Problem("parse", "", f"control character U+{ord(wrong[0]):04X} at character {wrong.start()} of the message")
        )
    return text if text.isascii() else ODD_SPACE.sub(" ", text)


def refused(reason: str) -> NormalizeError:
    return NormalizeError(Problem("parse", "MSH-18", reason))
