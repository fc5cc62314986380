"""Narrative.div (R4 2.1.28.0.8, txt-1 and txt-2): well-formed XHTML of text and layout, nothing that acts.

A desk shows narratives, so what could run in a browser is refused at the door.
"""

from __future__ import annotations

import re
from xml.parsers import expat

_UNDEFINED = expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]
_NAMESPACE = "http://www.w3.org/1999/xhtml"
# Chapters 7-11 (except section 4 of 9) and 15 of HTML 4.0, <a> without forms, images, and the style attribute.
_ELEMENTS = frozenset(
    """a abbr acronym address area b bdo big blockquote br caption center cite code col colgroup dd del dfn dir div dl
    dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li map menu ol p pre q s samp small span strike strong sub sup table
    tbody td tfoot th thead tr tt u ul var""".split()  # noqa: SIM905 (a list of sixty quoted names is harder to read)
)
# HTML 4.0's, without events. FHIR publishers write data- attributes (which do nothing by themselves) beside them.
_ATTRIBUTES = frozenset(
    """abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff charset cite class clear color
    colspan compact coords datetime dir face frame headers height href hreflang hspace id ismap lang longdesc name
    noshade nowrap rel rev rowspan rules scope shape size span src start style summary tabindex target title type
    usemap valign value vspace width""".split()  # noqa: SIM905 (as above)
)
_XML = "http://www.w3.org/XML/1998/namespace "
# Browsers pass over blanks and control characters in a scheme, and an SVG may carry scripts.
_BLANKS = re.compile(r"[\x00-\x20]+")
_SCHEMES = re.compile(r"javascript:|vbscript:|data:(?!image/(?!svg))", re.IGNORECASE)
_LINKS = frozenset({"href", "src", "longdesc", "cite", "background", "usemap"})


class _Refused(Exception):
    """The sentence to tell."""


def narrative_fault(div: str) -> str | None:
    """What is wrong with a div, as a sentence; None when it is right."""
    if "<!DOCTYPE" in div.upper() or "<!ENTITY" in div.upper():
        return "A narrative must not declare a document type or entities."
    try:
        _read(div)
    except expat.ExpatError as error:
        hint = "; write the character itself, XML has no names like &nbsp;" if error.code == _UNDEFINED else ""
        return f"The narrative is not well-formed XHTML: {error}{hint}."
    except _Refused as refused:
        return str(refused)
    return None


def _read(div: str) -> None:
    parser = expat.ParserCreate("utf-8", " ")
    reader = _Reader()
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.ProcessingInstructionHandler = reader.instruction
    parser.Parse(div.encode("utf-8", "replace"), True)
    if not reader.content:
        raise _Refused("The narrative is empty; give it some text or an image.")


def _check_attribute(attribute: str, value: str) -> None:
    name = attribute.lower()
    if name.startswith("on"):
        raise _Refused(f"The event handler {attribute} is not allowed in a narrative.")
    if name not in _ATTRIBUTES and not attribute.startswith(("data-", _XML)):
        raise _Refused(f"The attribute {attribute} is not allowed in a narrative; use those of HTML 4.0.")
    if name in _LINKS and _SCHEMES.match(_BLANKS.sub("", value)):
        raise _Refused(f"The {attribute} of a narrative must not carry a script.")


class _Reader:
    """Judges each piece of the div as the XML parser meets it."""

    def __init__(self) -> None:
        self.root = False
        self.content = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, element = name.rpartition(" ")
        if not self.root and (element != "div" or namespace != _NAMESPACE):
            raise _Refused(f'The narrative must be one <div xmlns="{_NAMESPACE}">.')
        self.root = True
        if namespace != _NAMESPACE or element not in _ELEMENTS:
            raise _Refused(
                f"<{element}> is not allowed in a narrative; use text, tables, lists, links and images only."
            )
        self.content |= element == "img"
        for attribute, value in attributes.items():
            _check_attribute(attribute, value)

    def text(self, data: str) -> None:
        self.content |= not data.isspace()

    def instruction(self, target: str, data: str) -> None:
        raise _Refused(f"The processing instruction <?{target}?> is not allowed in a narrative.")
