"""Bytes -> Nodes: nothing that could make a document dangerous, and only one entry at a time in memory, if asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.parsers import expat

from medbridge.normalize.ccda.charset import Decoder
from medbridge.normalize.ccda.nodes import TYPE, Node
from medbridge.normalize.conversion import NormalizeError, Problem

CDA = "urn:hl7-org:v3"
SDTC = "urn:hl7-org:sdtc"
# CDA nests some thirty deep; what goes deeper was made to exhaust whoever walks it.
MAX_DEPTH = 200
# A tree takes about ten times the bytes in memory; larger documents are read entry by entry.
MAX_TREE_BYTES = 16 * 1024 * 1024
# What is converted in one transaction; more than the web server lets in (BODY_LIMIT_BYTES).
MAX_BYTES = 256 * 1024 * 1024

UNBOUND = expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]

Hook = Callable[[Node], bool]


class UnboundPrefix(NormalizeError):
    """The document uses a prefix that it does not declare."""

    def __init__(self) -> None:
        super().__init__(Problem("parse", "/", "not well-formed XML: a prefix is used that is not declared"))


class Reader:
    """Feed it text, take `root`. `done(node)` is called for each element that ends; True: it may be forgotten."""

    def __init__(
        self, done: Hook | None = None, watched: frozenset[str] = frozenset(), *, namespaces: bool = True
    ) -> None:
        self.root: Node | None = None
        self._names: dict[str, str] = {}
        self._namespaces = namespaces
        self._parser = expat.ParserCreate("utf-8", " " if namespaces else None)
        self._parser.buffer_text = True
        self._parser.buffer_size = 65536
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._handle(done, watched)

    def feed(self, text: str, *, last: bool = False) -> None:
        """Raises NormalizeError (stage "parse"): not well-formed, too deep, or with a DOCTYPE."""
        try:
            self._parser.Parse(text.encode("utf-8"), last)
        except expat.ExpatError as error:
            if error.code == UNBOUND:
                raise UnboundPrefix from None
            raise refusal("/", f"not well-formed XML: {error}") from None
        except ValueError as error:
            raise refusal("/", f"not well-formed XML: {error}") from None

    def _doctype(self, *declared: object) -> None:
        # CDA has none, and entities are how XML reads other files, calls other machines and grows to gigabytes.
        raise refusal("/", "a DOCTYPE is not allowed in a clinical document; send it without one")

    def _name(self, name: str) -> str:
        namespace, _, local = name.rpartition(" ")
        if not namespace and ":" in local:  # read without namespaces
            prefix, _, local = local.partition(":")
            namespace = SDTC if prefix == "sdtc" else CDA
        # A document that forgot the namespace, or has one of its own as default, is read by its local names.
        if namespace in (CDA, "") or (self.root is None and local == "ClinicalDocument"):
            short = local
        else:
            short = f"sdtc:{local}" if namespace == SDTC else f"{{{namespace}}}{local}"
        self._names[name] = short
        return short

    def _handle(self, done: Hook | None, watched: frozenset[str]) -> None:
        """The three handlers are closures: they run for every tag of every document."""
        parser, names, plain = self._parser, self._names, not self._namespaces
        above = current = Node("", {}, None, 0)
        depth = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal current, depth
            depth += 1
            if plain and "xsi:type" in attributes:
                attributes[TYPE] = attributes["xsi:type"]
            around = current if current is not above else None
            node = Node(names.get(name) or self._name(name), attributes, around, parser.CurrentByteIndex)
            if depth > MAX_DEPTH:
                raise refusal(node.tag, f"elements are nested more than {MAX_DEPTH} deep")
            self.root = self.root or node
            current.content.append(node)
            current = node

        def end(name: str) -> None:
            nonlocal current, depth
            depth -= 1
            node, current = current, current.parent or above
            node.end = parser.CurrentByteIndex
            if done is not None and node.tag in watched and done(node):
                current.remove(node)

        def text(data: str) -> None:
            current.content.append(" " if data.isspace() else data)

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = text


def read(raw: bytes, charset: str | None = None) -> Node:
    """The root of a whole document. `charset` overrides what the document declares. Raises NormalizeError."""
    if len(raw) > MAX_BYTES:
        raise refusal("/", f"the document has {len(raw)} bytes; at most {MAX_BYTES} are taken")
    try:
        return read_parts((raw,), charset)
    except UnboundPrefix:
        # Senders forget xmlns:sdtc; what the prefix means is no secret.
        return read_parts((raw,), charset, namespaces=False)


def read_parts(
    chunks: Iterable[bytes],
    charset: str | None,
    done: Hook | None = None,
    watched: frozenset[str] = frozenset(),
    *,
    namespaces: bool = True,
) -> Node:
    """The same of a document that comes in pieces; `done` is told of each element of `watched` that ends."""
    reader, decoder = Reader(done, watched, namespaces=namespaces), Decoder(charset)
    for chunk in chunks:
        if text := decoder.decode(chunk):
            reader.feed(text)
    reader.feed(decoder.decode(b"", last=True), last=True)
    if reader.root is None:  # expat refuses an empty document itself
        raise refusal("/", "the document is empty")
    return reader.root


def refusal(place: str, reason: str) -> NormalizeError:
    return NormalizeError(Problem("parse", place, reason))
