"""The body of a document: each entry to its statement's map, each section to a section of the Composition."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes
from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.narrative import narrative
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.statements import convert, inner
from medbridge.normalize.ccda.tree import anyhow, attribute, first, templates, words
from medbridge.normalize.hl7v2.context import compact

EMPTY_REASON = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
EMPTY_REASONS = {"NASK": "notasked", "ASKU": "unavailable", "MSK": "withheld", "NAV": "unavailable"}
# A Composition is read whole. Beyond these it names no more entries and shows no more narrative: the resources are
# found by search, the narrative is in the original.
MAX_NAMED = 10_000
MAX_NARRATIVE = 4_000_000  # characters


class Body:
    """`sections`: what is finished, as Composition.section. `references`: what was made, by the section's code."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.sections: list[dict[str, Any]] = []
        self.references: dict[str, list[str]] = {}
        self._entries: dict[int, list[str]] = {}
        self._inner: dict[int, list[dict[str, Any]]] = {}
        self._named = self._narrated = 0

    def take(self, entry: Node) -> None:
        """One entry of a section."""
        section, document = entry.parent or entry, self.document
        document.section = section_code(document, section)
        found = self._entries.setdefault(id(section), [])
        for statement in inner(entry):
            document.fresh(statement)
            references = convert(document, statement)
            document.accounts.end()
            document.accounts.entries += 1
            document.accounts.entries_reached += bool(references)
            found += references[: max(MAX_NAMED - self._named, 0)]
            if self._named < MAX_NAMED:
                self.references.setdefault(document.section, []).extend(references)
            self._named += len(references)

    def close(self, section: Node) -> None:
        """All entries and inner sections have been taken."""
        references = list(dict.fromkeys(self._entries.pop(id(section), [])))
        made = compact(
            {
                "title": words(first(section, "title")),
                "code": codes.concept(self.document, next(iter(section.all("code")), None)),
                "text": self._narrative(section),
                "entry": [{"reference": each} for each in references],
                "section": self._inner.pop(id(section), []),
            }
        )
        if not made.keys() & {"text", "entry", "section"}:  # invariant cmp-1
            flavor = section.get("nullFlavor", "NI")
            made["emptyReason"] = {
                "coding": [{"system": EMPTY_REASON, "code": EMPTY_REASONS.get(flavor, "unavailable")}]
            }
            title = made.get("title") or made.get("code", {}).get("text") or "empty"
            made["text"] = {
                "status": "empty",
                "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{_plain(title)}</div>',
            }
        outer = _around(section)
        (self._inner.setdefault(id(outer), []) if outer is not None else self.sections).append(made)

    def _narrative(self, section: Node) -> dict[str, str]:
        if self._narrated > MAX_NARRATIVE:
            return {}
        found = narrative(first(section, "text"))
        self._narrated += len(found.get("div", ""))
        return found

    def walk(self, section: Node) -> None:
        for entry in section.all("entry"):
            self.take(entry)
        for each in anyhow(section, "component/section"):
            self.walk(each)
        self.close(section)


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _around(section: Node) -> Node | None:
    link = section.parent
    outer = link.parent if link is not None else None
    return outer if outer is not None and outer.tag == "section" else None


def section_code(document: Document, section: Node) -> str:
    """The section's LOINC code; of a section without one, what its template says."""
    if code := attribute(section, "code", "code"):
        return code
    table, known = document.pack.codes["section-templates"], templates(section)
    return next((table[each][0] for each in table if each in known), "")
