"""A whole CDA document (C-CDA R1.1 to R3, and other CDA R2 such as WS/T 500) -> FHIR resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from medbridge.normalize.ccda import original, reader
from medbridge.normalize.ccda.accounting import Accounts
from medbridge.normalize.ccda.document import Document, Resource
from medbridge.normalize.ccda.header import begin, check_root, finish, key_of
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.pack import standard_pack
from medbridge.normalize.ccda.sections import Body
from medbridge.normalize.ccda.stream import convert_parts
from medbridge.normalize.ccda.tree import anyhow
from medbridge.normalize.conversion import Conversion, Source
from medbridge.normalize.packs import Pack

# A life's record has some thousands; each costs a millisecond or two, and a worker has other documents to convert.
MAX_ENTRIES = 20_000
PIECE = 1 << 20


def convert(raw: bytes, source: Source, pack: Pack | None = None, *, traced: bool = False) -> Conversion:
    """Patient first, then what the sections hold, Binary (the original), Composition, DocumentReference, Provenance.

    The same bytes give the same resources; ids come from the ids in the document. traced: keep what explain needs.
    Raises NormalizeError: unreadable, no CDA document or of too many entries (stage "parse"), or without one
    valid Patient; all else is in `problems`.
    """
    if len(raw) > reader.MAX_TREE_BYTES:
        return _in_parts(raw, source, pack)
    return counted(raw, source, pack, traced=traced)[0]


def counted(
    raw: bytes, source: Source, pack: Pack | None = None, *, traced: bool = False
) -> tuple[Conversion, Accounts]:
    """convert() of a document that fits into memory, and the accounts of its entries."""
    root = reader.read(raw, source.charset)
    check_root(root)
    _check_entries(root)
    resources: list[Resource] = []
    document = Document(source, pack or standard_pack(), resources.append, traced=traced)
    begin(document, root)
    body = Body(document)
    document.learn(each for section in root.iter() if section.tag == "section" for each in section.all("text"))
    for section in anyhow(root, "component/structuredBody/component/section"):
        body.walk(section)
    key = key_of(document, root)
    name = key or sha256(raw).hexdigest()
    finish(document, root, name, body, original.whole(document, root, raw, name))
    return document.conversion(_patient_first(resources), key), document.accounts


def _check_entries(root: Node) -> None:
    entries = sum(1 for each in root.iter() if each.tag == "entry")
    if entries > MAX_ENTRIES:
        raise reader.refusal("/", f"the document has {entries} entries; at most {MAX_ENTRIES} are taken")


def _patient_first(resources: list[Resource]) -> list[Resource]:
    return sorted(resources, key=lambda each: bool(each["resourceType"] != "Patient"))


def _in_parts(raw: bytes, source: Source, pack: Pack | None) -> Conversion:
    """A document whose tree would take a worker's memory: entry by entry. Its original stays with the message."""
    if len(raw) > reader.MAX_BYTES:
        raise reader.refusal("/", f"the document has {len(raw)} bytes; at most {reader.MAX_BYTES} are taken")
    resources: list[Resource] = []

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(raw), PIECE):
            yield raw[start : start + PIECE]

    made = convert_parts(pieces(), source, resources.append, pack)
    return replace(made, resources=_patient_first(resources))
