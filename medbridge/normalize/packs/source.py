"""What the engine asks of a source format: nodes, and paths from one node to others. HL7 v2 and CDA implement it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol


class Node(Protocol):
    """A place in a message: a group, a segment, a field, a component; an XML element, an attribute."""

    @property
    def place(self) -> str:
        """Where, in the format's own terms: "PID-5.1", "/ClinicalDocument/recordTarget[1]/...": for people."""

    @property
    def span(self) -> tuple[int, int]:
        """First byte and byte after the last, in the message as received. Computed only when asked for."""

    def text(self) -> str:
        """Decoded, unescaped, trimmed; "" where it holds nothing or only structure."""


Select = Callable[[Any], Sequence[Any]]


class Grammar(Protocol):
    """How paths of the format are written."""

    def path(self, text: str) -> Select:
        """Compile a path: the function gives the nodes that hold something, in document order, from a start node.

        "." is the node itself. Raises ValueError with a sentence when the text is no path of this format.
        """
