"""Bytes -> an XML tree that nobody could make dangerous, and the few ways the mappings look into it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import cast

from lxml import etree

from medbridge.normalize.conversion import NormalizeError, Problem

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
CDA = "urn:hl7-org:v3"
# lxml takes None for the namespace of names without prefix; its stubs do not know.
NAMESPACES = cast("Mapping[str, str]", {None: CDA, "sdtc": "urn:hl7-org:sdtc"})
Element = etree._Element

# A long record with a scanned letter inside stays below. The tree takes about ten times the bytes in memory, so one
# such document costs a worker some 160 MB.
MAX_BYTES = 16 * 1024 * 1024

# Python codecs are many, and some ("unicode_escape", "punycode") are no character sets; these are. The GB family is
# read as its superset: senders declare GB2312 and send GBK.
CHARACTER_SETS = {
    **{name: name for name in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "gb18030", "big5")},
    **{name: name for name in ("shift_jis", "euc_jp", "euc_kr")},
    **{f"iso8859-{n}": f"iso8859-{n}" for n in (*range(1, 12), *range(13, 17))},
    **{f"cp{n}": f"cp{n}" for n in range(1250, 1259)},
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    ("<?".encode("utf-16-le"), "utf-16-le"),
    ("<?".encode("utf-16-be"), "utf-16-be"),
)
DECLARATION = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][\w.\-]{0,40})["']""", re.ASCII)
# What may come before a DOCTYPE (XML 1.0 production 22); possessive, so no text makes it slow.
PROLOG = re.compile(r"\ufeff?(?:\s++|<\?(?:[^?]|\?(?!>))*+\?>|<!--(?:[^-]|-(?!-))*+-->)*+")


def parse(raw: bytes, charset: str | None = None) -> Element:
    """The root element. `charset` overrides what the document declares.

    Raises NormalizeError(stage "parse"): larger than MAX_BYTES, not in the declared character set, not well-formed, or
    with a DOCTYPE. CDA has none, and entities are how XML reads other files, calls other machines and grows to
    gigabytes.
    """
    if len(raw) > MAX_BYTES:
        raise _refuse("/", f"the document has {len(raw)} bytes; at most {MAX_BYTES} are taken")
    text = decode(raw, charset)
    prolog = PROLOG.match(text)
    start = prolog.end() if prolog else 0
    if text.startswith("<!DOCTYPE", start):
        raise _refuse("/", "a DOCTYPE is not allowed in a clinical document; send it without one")
    # The tree is built from UTF-8 of our own making, whatever the declaration says.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _refuse("/", f"not well-formed XML: {error}") from None


def decode(raw: bytes, charset: str | None) -> str:
    name = charset or _mark(raw) or _declared(raw)
    try:
        known = CHARACTER_SETS[codecs.lookup(name).name]
        return raw.decode(known)
    except (LookupError, ValueError) as error:
        where = f"byte {error.start}" if isinstance(error, UnicodeDecodeError) else "the XML declaration"
        raise _refuse(where, f"not in the character set {name[:40]!r}; declare the one it is in") from None


def _mark(raw: bytes) -> str:
    return next((name for mark, name in MARKS if raw.startswith(mark)), "")


def _declared(raw: bytes) -> str:
    found = DECLARATION.match(raw[:400])
    return found[1].decode("ascii") if found else "utf-8"


def _refuse(place: str, reason: str) -> NormalizeError:
    return NormalizeError(Problem("parse", place, reason))
