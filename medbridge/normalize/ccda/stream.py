"""A document of any length -> resources, one entry in memory at a time.

A life's record of 200 MB is read in pieces; each entry becomes resources as soon as it ends and is then forgotten. What
stays is the header, the narrative of the section that is open, and some 200 bytes per resource (its id and a digest, to
tell a repeated statement from another one under the same id).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha1, sha256

from medbridge.normalize.ccda import original
from medbridge.normalize.ccda.document import Document, Resource
from medbridge.normalize.ccda.header import begin, check_root, finish, key_of
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.pack import standard_pack
from medbridge.normalize.ccda.reader import read_parts
from medbridge.normalize.ccda.sections import Body
from medbridge.normalize.conversion import Conversion, Source
from medbridge.normalize.packs import Pack

WATCHED = frozenset({"entry", "section"})


def convert_parts(
    chunks: Iterable[bytes], source: Source, sink: Callable[[Resource], None], pack: Pack | None = None
) -> Conversion:
    """Gives each resource to `sink` and returns what else a Conversion holds. The header comes first, as CDA has it.

    Raises NormalizeError as convert() does, but maybe after some resources: use them when it has returned.
    """
    reading = _Reading(Document(source, pack or standard_pack(), sink))
    hashes = sha256(), sha1(usedforsecurity=False)
    size = 0

    def hashed() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            size += len(chunk)
            for each in hashes:
                each.update(chunk)
            yield chunk

    root = read_parts(hashed(), source.charset, reading.done, WATCHED)
    reading.begin(root)
    document = reading.document
    key = key_of(document, root)
    finish(document, root, key or hashes[0].hexdigest(), reading.body, original.elsewhere(size, hashes[1].digest()))
    return document.conversion([], key)


class _Reading:
    """Where the reader is: `done` is told of each entry and section that ends."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.body = Body(document)
        self._begun = False
        self._learned: Node | None = None

    def begin(self, root: Node) -> None:
        if not self._begun:
            check_root(root)
            begin(self.document, root)
            self._begun = True

    def done(self, node: Node) -> bool:
        """True: it is converted and may be forgotten."""
        section = node if node.tag == "section" else node.parent
        if section is None or section.tag != "section":
            return False  # an element of that name that is no entry
        self.begin(_root(section))
        if node.tag == "section":
            self.body.close(node)
            self._learned = None
            return True
        if self._learned is not section:
            self.document.learn(section.all("text"), forget=True)
            self._learned = section
        self.body.take(node)
        return True


def _root(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node
