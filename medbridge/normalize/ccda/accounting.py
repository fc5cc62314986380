"""What of a document reached a resource: each element that says something counts once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from medbridge.normalize.ccda.nodes import Attribute, Node
from medbridge.normalize.conversion import Accounting

# How a document is built, not what it says.
STRUCTURE = frozenset(
    {
        *("classCode", "moodCode", "typeCode", "determinerCode", "inversionInd", "contextConductionInd"),
        *("codeSystemName", "codeSystemVersion", "contextControlCode", "independentInd", "xsi:type", "operator"),
    }
)
STATEMENTS = frozenset(
    {
        *("act", "encounter", "observation", "organizer", "procedure", "substanceAdministration", "supply"),
        *("observationMedia", "regionOfInterest"),
    }
)


class Accounts:
    """Of one document. `entries`, and `entries_reached`: those that became a resource, or a part of one.

    Only one entry is open at a time, so the accounts of a long document need no more room than those of a short one.
    """

    def __init__(self) -> None:
        self.mapped = self.preserved = self.reported = 0
        self.entries = self.entries_reached = 0
        self._open: dict[int, Node] = {}
        self._handled: set[int] = set()
        self._failed: list[Node] = []

    def begin(self, top: Node) -> None:
        """An entry, or a part of the header."""
        self._open = {id(each): each for each in top.iter() if says(each)}
        self._handled.clear()
        self._failed.clear()

    def met(self, statement: Node) -> None:
        self._handled.add(id(statement))

    def handled(self, statement: Node) -> bool:
        return id(statement) in self._handled

    def failed(self, statement: Node) -> None:
        self._failed.append(statement)

    def used(self, nodes: Iterable[Any]) -> None:
        """What rows found. A statement that a row hands on is counted by the map that takes it."""
        for node in nodes:
            top = node.node if isinstance(node, Attribute) else node
            if top.tag not in STATEMENTS:
                self.take(top)

    def take(self, top: Node) -> None:
        """All of it has been used, and with it the statement that it stands in."""
        for each in top.iter():
            if self._open.pop(id(each), None) is not None:
                self.mapped += 1
        around: Node | None = top
        while around is not None and around.tag not in STATEMENTS:
            around = around.parent
        if around is not None:
            self._handled.add(id(around))

    def end(self) -> None:
        """What is left was reported where its statement failed, and is preserved in the original elsewhere."""
        for statement in self._failed:
            for each in statement.iter():
                if self._open.pop(id(each), None) is not None:
                    self.reported += 1
        self.preserved += len(self._open)
        self._open = {}

    def result(self) -> Accounting:
        return Accounting(self.mapped, self.preserved, self.reported)


def says(node: Node) -> bool:
    if node.tag in ("templateId", "typeId", "realmCode"):
        return False
    if any(name not in STRUCTURE and " " not in name for name in node.attributes):
        return True
    return any(isinstance(each, str) and not each.isspace() for each in node.content)
