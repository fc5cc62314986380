"""section/text (CDA's StrucDoc) -> Narrative: the XHTML that FHIR allows, nothing that acts. Source: CDA R2 4.3.5."""

from __future__ import annotations

import re
from html import escape

from medbridge.normalize.ccda.nodes import Node

XHTML = "http://www.w3.org/1999/xhtml"
NAMES = {
    **dict.fromkeys(("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "colgroup", "col"), ""),
    **dict.fromkeys(
        ("sub", "sup", "br", "b", "i", "u", "em", "strong", "p", "span", "div", "ul", "ol", "li", "h3"), ""
    ),
    "paragraph": "p",
    "item": "li",
    "content": "span",
    "footnote": "span",
    "footnoteRef": "sup",
    "linkHtml": "a",
}
KEPT = ("colspan", "rowspan", "align", "valign", "border", "width", "abbr", "scope", "headers")
STYLES = {"bold": "b", "italics": "i", "underline": "u", "emphasis": "em"}
EMPTY = frozenset(("br", "col"))
BLANKS = re.compile(r"\s+")
LINK = re.compile(r"(?:https?|mailto|tel):[^\s<>\"]{1,2000}", re.IGNORECASE)
SAFE_ID = re.compile(r"[^\s]{1,200}")
# XML 1.0 has no place for these, and some senders' entities spell them.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# A browser, and a person, has enough of one section after this; the original has it all.
MAX_CHARACTERS = 2_000_000


def narrative(text: Node | None) -> dict[str, str]:
    """Narrative of a section's text; {} where it says nothing. `additional`: it may say more than the entries do."""
    if text is None or not text.words():
        return {}
    parts: list[str] = []
    _inside(text, parts)
    inner = BLANKS.sub(" ", "".join(parts))
    if len(inner) > MAX_CHARACTERS:
        inner = escape(CONTROL.sub("", text.words())[:MAX_CHARACTERS], quote=False)
    return {"status": "additional", "div": f'<div xmlns="{XHTML}">{inner.strip()}</div>'}


def _inside(node: Node, parts: list[str]) -> None:
    for each in node.content:
        if isinstance(each, str):
            parts.append(escape(CONTROL.sub("", each), quote=False))
        else:
            _element(each, parts)


def _element(node: Node, parts: list[str]) -> None:
    if node.tag == "list":
        name = "ol" if node.get("listType") == "ordered" else "ul"
    elif node.tag == "caption" and node.parent is not None and node.parent.tag != "table":
        name = "b"
    else:
        name = NAMES.get(node.tag, "span") or node.tag
    style = STYLES.get(node.get("styleCode").strip().lower())
    if name in EMPTY:
        parts.append(f"<{name}/>")
        return
    parts.append(f"<{name}{_attributes(node, name)}>{f'<{style}>' if style and name != 'tr' else ''}")
    _inside(node, parts)
    parts.append(f"{f'</{style}>' if style and name != 'tr' else ''}</{name}>")


def _attributes(node: Node, name: str) -> str:
    found = {key: value for key in KEPT if (value := node.get(key)) and name in ("table", "th", "td", "tr", "colgroup")}
    if SAFE_ID.fullmatch(node.get("ID")):
        found["id"] = node.get("ID")
    if name == "a" and LINK.fullmatch(node.get("href")):
        found["href"] = node.get("href")
    return "".join(f' {key}="{escape(CONTROL.sub("", value))}"' for key, value in found.items())
