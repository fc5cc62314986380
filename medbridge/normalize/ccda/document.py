"""Bytes -> the element tree of a CDA document, by a parser that trusts nothing in them."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from medbridge.normalize.ccda.elements import NAMESPACES, Node
from medbridge.normalize.conversion import NormalizeError, Problem

# A long record with a scanned letter in it stays below; a tree takes about ten times its text in memory.
MAX_BYTES = 16 * 1024 * 1024
# Every entry costs a few resources; a life's record holds some thousands.
MAX_ENTRIES = 20_000
ROOT = f"{{{NAMESPACES['']}}}ClinicalDocument"
DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
# Decoded here, not by libxml2: its build decides which encodings it knows. GBK and GB 2312 are read as the superset
# GB 18030, because senders use characters beyond what they declare.
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "ascii": "ascii",
    "iso8859-1": "latin-1",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5",
    "big5hkscs": "big5hkscs",
}
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def parse(raw: bytes, charset: str | None = None) -> Node:
    """The root element, without comments and processing instructions.

    charset: Python codec name that overrides the XML declaration.
    Raises NormalizeError(stage "parse") for what is too large, not readable, not XML, not CDA or has a DOCTYPE.
    """
    if len(raw) > MAX_BYTES:
        raise refusal(f"the document has {len(raw)} bytes; at most {MAX_BYTES} are taken")
    content = DECLARATION.sub("", decode(raw, charset), count=1)
    check_no_doctype(content)
    # Without its declaration, because the text is UTF-8 from here on whatever it was sent in.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise refusal(f"the document is no well-formed XML: {str(error)[:200]}") from None
    check_clinical_document(root)
    return root


def decode(raw: bytes, charset: str | None) -> str:
    """Raises NormalizeError for an encoding not taken, and for bytes that are not in the encoding they claim."""
    mark = next((encoding for bom, encoding in MARKS if raw.startswith(bom)), "")
    declared = DECLARED.search(raw[:300])
    claimed = charset or mark or (declared[1].decode("ascii") if declared else "utf-8")
    try:
        codec = ENCODINGS[codecs.lookup(claimed).name]
    except (LookupError, ValueError):
        raise refusal(f"the encoding {claimed[:40]!r} is not taken; UTF-8 and GB18030 are") from None
    try:
        return raw.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise refusal(f"byte {error.start} is not {claimed}; declare the encoding the document is in") from None


def check_no_doctype(content: str) -> None:
    """Raises NormalizeError. CDA needs no DOCTYPE, and all entity attacks (XXE, billion laughs) start with one."""
    at = 0
    while True:
        at += len(content[at:]) - len(content[at:].lstrip())
        if content.startswith("<!--", at):
            end, length = content.find("-->", at), 3
        elif content.startswith("<?", at):
            end, length = content.find("?>", at), 2
        else:
            break
        if end < 0:
            return  # not well-formed: the parser says so
        at = end + length
    if content.startswith("<!", at):
        raise refusal("a DOCTYPE is not taken; send the document without it")


def check_clinical_document(root: Node) -> None:
    if root.tag != ROOT:
        raise refusal(f"the root element is {str(root.tag)[:80]}, not ClinicalDocument of urn:hl7-org:v3")
    entries = sum(1 for _ in root.iter(f"{{{NAMESPACES['']}}}entry"))
    if entries > MAX_ENTRIES:
        raise refusal(f"the document has {entries} entries; at most {MAX_ENTRIES} are taken")


def refusal(reason: str) -> NormalizeError:
    return NormalizeError(Problem("parse", "", reason))
