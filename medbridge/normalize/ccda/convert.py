"""A whole CDA document (C-CDA R1.1 to R3, and other CDA R2 such as WS/T 500) -> FHIR resources."""

from __future__ import annotations

from hashlib import sha256

from medbridge.normalize.ccda import composition, original
from medbridge.normalize.ccda.base_pack import base_pack
from medbridge.normalize.ccda.document import Document, EntryError, Resource
from medbridge.normalize.ccda.identifiers import business_id, identifier
from medbridge.normalize.ccda.making import make
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.patient import patient
from medbridge.normalize.ccda.reader import read, refusal
from medbridge.normalize.ccda.sections import Body
from medbridge.normalize.ccda.tree import anyhow, first
from medbridge.normalize.conversion import Conversion, Source
from medbridge.normalize.packs import Pack

ROOT = "ClinicalDocument"
# A life's record has some thousands; each costs a millisecond or two, and a worker has other documents to convert.
MAX_ENTRIES = 20_000


def convert(raw: bytes, source: Source, pack: Pack | None = None) -> Conversion:
    """Patient first, then what the sections hold, Binary (the original), Composition, DocumentReference, Provenance.

    The same bytes give the same resources; ids come from the ids in the document. Raises NormalizeError: unreadable, no
    CDA document or of too many entries (stage "parse"), or without one identified, valid Patient; all else is in
    `problems`.
    """
    root = read(raw, source.charset)
    check_root(root)
    resources: list[Resource] = []
    document = Document(source, pack or base_pack(), resources.append)
    begin(document, root)
    body = Body(document)
    document.learn(each for section in root.iter() if section.tag == "section" for each in section.all("text"))
    for section in anyhow(root, "component/structuredBody/component/section"):
        body.walk(section)
    key = key_of(document, root)
    name = key or sha256(raw).hexdigest()
    finish(document, root, name, body, original.whole(document, root, raw, name))
    resources.sort(key=lambda each: bool(each["resourceType"] != "Patient"))
    return Conversion(resources, document.problems, key)


def check_root(root: Node) -> None:
    """Raises NormalizeError."""
    if root.tag != ROOT:
        raise refusal("/", f"the root is {root.tag[:80]}, not {ROOT}")
    entries = sum(1 for each in root.iter() if each.tag == "entry")
    if entries > MAX_ENTRIES:
        raise refusal("/", f"the document has {entries} entries; at most {MAX_ENTRIES} are taken")


def begin(document: Document, root: Node) -> None:
    """Who the document is about, how sensitive it is, and in which visit it was made."""
    document.subject = patient(document, root)
    document.security = original.labels(document, root)
    visit = first(root, "componentOf/encompassingEncounter")
    if visit is not None:
        try:
            document.visit = make(document, "encompassing[Encounter]", visit)
        except EntryError as error:
            document.problem(visit, f"{error}; left out")


def finish(document: Document, root: Node, key: str, body: Body, whole: dict[str, object]) -> None:
    made = composition.composition(document, root, key, body.sections)
    kept = original.reference(document, root, key, whole)
    composition.provenance(document, root, key, [made, kept], kept)


def key_of(document: Document, root: Node) -> str | None:
    element = first(root, "id")
    found = identifier(document, element) if element is not None else {}
    return business_id(found) if found else None
