"""What of an entry reached a resource: each valued attribute or text counts once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from medbridge.normalize.ccda.nodes import Attribute, Node

# How a document is built, not what it says.
STRUCTURE = frozenset(
    {
        *("classCode", "moodCode", "typeCode", "determinerCode", "inversionInd", "contextConductionInd"),
        *("codeSystemName", "codeSystemVersion", "contextControlCode", "independentInd", "xsi:type", "operator"),
    }
)


class Accounts:
    """`valued`: elements that say something in the statements met; `mapped`: those that a row took."""

    def __init__(self) -> None:
        self.valued = 0
        self.mapped = 0
        self.entries = 0
        self.entries_reached = 0
        self._open: set[int] = set()

    def met(self, statement: Node) -> None:
        if id(statement) not in self._open:
            said = {id(each) for each in statement.iter() if says(each)}
            self.valued += len(said)
            self._open |= said

    def used(self, nodes: Iterable[Any]) -> None:
        for node in nodes:
            top = node.node if isinstance(node, Attribute) else node
            if top.tag in OPAQUE:
                continue
            for each in top.iter():
                if id(each) in self._open:
                    self._open.discard(id(each))
                    self.mapped += 1

    def done(self) -> None:
        """An entry is finished: its elements may be forgotten."""
        self._open.clear()


# Statements that rows hand on as a whole are counted by the maps that take them.
OPAQUE = frozenset(
    ("act", "encounter", "observation", "organizer", "procedure", "substanceAdministration", "supply", "entry")
)


def says(node: Node) -> bool:
    if node.tag in ("templateId", "typeId", "realmCode"):
        return False
    if any(name not in STRUCTURE and " " not in name for name in node.attributes):
        return True
    return any(isinstance(each, str) and not each.isspace() for each in node.content)
