"""ED and RP: documents and images inside a message, or pointed to by it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element

MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.ASCII)
# Table 0291 and what senders write in ED.3 and TXA-3, as media types.
SUBTYPES = {
    **{"PDF": "application/pdf", "RTF": "application/rtf", "HTML": "text/html", "XML": "text/xml", "TXT": "text/plain"},
    **{"JPEG": "image/jpeg", "JPG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "TIFF": "image/tiff"},
    **{
        "TX": "text/plain",
        "FT": "text/plain",
        "TEXT": "text/plain",
        "PLAIN": "text/plain",
        "DICOM": "application/dicom",
    },
}
TYPES = {"application", "audio", "image", "text", "video", "multipart"}


def media_type(type: str, subtype: str) -> str:
    """ED.2 and ED.3 as a media type, "" when they say none."""
    for written in (subtype, type, f"{type}/{subtype}"):
        if MIME.fullmatch(written.lower()):
            return written.lower()
    if found := SUBTYPES.get(subtype.upper()) or SUBTYPES.get(type.upper()):
        return found
    joined = f"{type}/{subtype}".lower()
    return joined if type.lower() in TYPES and MIME.fullmatch(joined) else ""


def encapsulated(context: Context, element: Element) -> dict[str, Any]:
    """ED: .2 type, .3 subtype, .4 encoding (table 0299: A, Hex, Base64), .5 the data."""
    kind, data = media_type(element.part(2), element.part(3)), element.part(5)
    if not data:
        return {}
    try:
        content = _decoded(element.part(4).upper(), data)
    except (ValueError, binascii.Error):
        context.problem(element.place, f"the data are not {element.part(4)[:10] or 'text'}; kept in the stored message")
        return {}
    return compact({"contentType": kind, "data": base64.b64encode(content).decode()})


def _decoded(encoding: str, data: str) -> bytes:
    if encoding == "BASE64":
        return base64.b64decode("".join(data.split()), validate=True)
    return bytes.fromhex(data) if encoding == "HEX" else data.encode()


def pointer(context: Context, element: Element) -> dict[str, Any]:
    """RP: .1 pointer, .2 application that holds it, .3 type, .4 subtype."""
    address = element.part(1)
    if not address:
        return {}
    url = address if re.match(r"[a-z][a-z0-9+.-]*:\S+$", address) else ""
    kind = media_type(element.part(3), element.part(4))
    return compact({"contentType": kind, "url": url, "title": "" if url else address})


def text_attachment(text: str) -> dict[str, Any]:
    return {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()} if text.strip() else {}
