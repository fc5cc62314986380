"""The tree of a CDA document: small, quick to look into, and knowing where in the bytes each element stands."""

from __future__ import annotations

from collections.abc import Iterator

TYPE = "http://www.w3.org/2001/XMLSchema-instance type"
NOTHING: tuple[Node, ...] = ()
# What says something by itself; text() prefers them in this order (TS and PQ have a value, CD a code, II an extension).
SAYING = ("value", "code", "extension", "root")


class Node:
    """One element. `tag` is the local name for CDA's namespace, `sdtc:name` for HL7's extensions, `{ns}name` else.

    content: texts and elements in document order; white space is one blank. start, end: bytes in the text as UTF-8, to
    where the end tag begins.
    gone: how many children of a tag were taken away again after they had been converted (streaming).
    """

    __slots__ = ("_kids", "attributes", "content", "end", "gone", "parent", "start", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], parent: Node | None, start: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.content: list[str | Node] = []
        self.start = start
        self.end = start
        self.gone: dict[str, int] | None = None
        self._kids: dict[str, list[Node]] | None = None

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def all(self, tag: str) -> list[Node] | tuple[Node, ...]:
        kids = self._kids
        if kids is None:
            kids = self._kids = {}
            for each in self.content:
                if each.__class__ is not str:
                    kids.setdefault(each.tag, []).append(each)  # type: ignore[union-attr, arg-type]
        return kids.get(tag, NOTHING)

    @property
    def children(self) -> list[Node]:
        return [each for each in self.content if isinstance(each, Node)]

    def iter(self) -> list[Node]:
        """This element and all below it; parents before their children."""
        found = [self]
        for node in found:  # grows while it is walked
            found += [each for each in node.content if each.__class__ is not str]  # type: ignore[misc]
        return found

    def words(self) -> str:
        """All text inside, white space collapsed."""
        if len(self.content) == 1 and isinstance(self.content[0], str):
            return " ".join(self.content[0].split())
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for each in self.content:
            if isinstance(each, str):
                yield each
            else:
                # Cells and paragraphs stand apart without a blank between them.
                yield from each._texts() if each.tag in INLINE else (" ", *each._texts(), " ")

    @property
    def type(self) -> str:
        """xsi:type, whatever prefix it has."""
        return self.attributes.get(TYPE, "").rpartition(":")[2].strip()

    def text(self) -> str:
        """What a condition compares: value, code, extension or root, else the words; "" for a null flavor."""
        attributes = self.attributes
        if "nullFlavor" in attributes:
            return ""
        return next((" ".join(attributes[name].split()) for name in SAYING if name in attributes), "") or self.words()

    @property
    def place(self) -> str:
        """An XPath that an engineer can follow: local names, with a position where there are siblings of one name."""
        steps = []
        current: Node | None = self
        while current is not None:
            steps.append(current.tag + current._position())
            current = current.parent
        return "/" + "/".join(reversed(steps))

    def _position(self) -> str:
        if self.parent is None:
            return ""
        same, gone = self.parent.all(self.tag), (self.parent.gone or {}).get(self.tag, 0)
        if len(same) + gone < 2:
            return ""
        return f"[{gone + next((n for n, each in enumerate(same, 1) if each is self), len(same) + 1)}]"

    @property
    def span(self) -> tuple[int, int]:
        """First byte, and where the end tag begins, in the document as UTF-8; explain() counts received bytes."""
        return self.start, self.end

    def remove(self, child: Node) -> None:
        """Forget a child that has been converted; positions of those after it stay right."""
        self.content.remove(child)
        self._kids = None
        self.gone = self.gone or {}
        self.gone[child.tag] = self.gone.get(child.tag, 0) + 1


INLINE = frozenset({"content", "sub", "sup", "linkHtml", "footnoteRef", "b", "i", "u", "em", "strong", "span"})


class Attribute:
    """What `@name` in a path finds."""

    __slots__ = ("name", "node")

    def __init__(self, node: Node, name: str) -> None:
        self.node = node
        self.name = name

    def text(self) -> str:
        return " ".join(self.node.attributes.get(self.name, "").split())

    @property
    def place(self) -> str:
        return f"{self.node.place}/@{self.name}"

    @property
    def span(self) -> tuple[int, int]:
        return self.node.span
