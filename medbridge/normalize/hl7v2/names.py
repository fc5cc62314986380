"""XPN: names of people, western and Chinese."""

from __future__ import annotations

import re
from typing import Any

from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element
from medbridge.normalize.hl7v2.tables import lookup

REPRESENTATION_URL = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
REPRESENTATIONS = {"A": "ABC", "I": "IDE", "P": "SYL"}  # XPN.8, table 0465 -> ISO 21090
IDEOGRAPHS = re.compile(r"[〇㐀-䶿一-鿿豈-﫿𠀀-𳎯·•]+")
LATIN = re.compile(r"[A-Za-z' -]+")


def from_xpn(context: Context, element: Element) -> list[dict[str, Any]]:
    """XPN -> HumanName: none when empty, two when a Chinese sender puts the pinyin in XPN.2."""
    family, given = element.part(1), element.part(2)
    if IDEOGRAPHS.fullmatch(family) and LATIN.fullmatch(given):
        whole = {"use": _use(element), "text": family}
        return [compact(_represented(whole, "I")), _represented({"text": given}, "A")]
    name = human_name(family, given, element.part(3))
    if not name:
        return []
    name["suffix"] = [part for n in (4, 6, 14) if (part := element.part(n))]
    name["prefix"] = [part for n in (5,) if (part := element.part(n))]
    name["period"] = compact({"start": context.date_time(element, 12), "end": context.date_time(element, 13)})
    return [compact(_represented({"use": _use(element), **name}, element.part(8)))]


def human_name(family: str, given: str, further: str = "") -> dict[str, Any]:
    """A Chinese whole name in the family component stays whole: where a surname ends cannot be told from the text."""
    if IDEOGRAPHS.fullmatch(family) and not given:
        return {"text": family}
    names = [part for part in (given, *further.split()) if part]
    text = family + given if IDEOGRAPHS.fullmatch(family + given) else ""
    return compact({"text": text, "family": family, "given": names})


def _use(element: Element) -> str:
    found = lookup("NameType", element.part(7))
    return found.code if found else ""


def _represented(name: dict[str, Any], code: str) -> dict[str, Any]:
    if value := REPRESENTATIONS.get(code):
        name["extension"] = [{"url": REPRESENTATION_URL, "valueCode": value}]
    return name


def display(name: dict[str, Any]) -> str:
    """One line of a HumanName."""
    parts = [*name.get("prefix", []), *name.get("given", []), name.get("family", ""), *name.get("suffix", [])]
    return str(name.get("text", "")) or " ".join(part for part in parts if part)
