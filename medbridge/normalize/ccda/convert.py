"""A whole CDA document (C-CDA R1.1 to R3, and other CDA R2 such as WS/T 500) -> FHIR resources."""

from __future__ import annotations

from hashlib import sha256

from medbridge.normalize.ccda.encounters import encompassing
from medbridge.normalize.ccda.entries import convert_section
from medbridge.normalize.ccda.identifiers import business_id, identifier
from medbridge.normalize.ccda.original import document, labels
from medbridge.normalize.ccda.patient import patient
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import every, first, local
from medbridge.normalize.ccda.xml import CDA, Element, parse
from medbridge.normalize.conversion import Conversion, NormalizeError, Problem, Source

ROOT = f"{{{CDA}}}ClinicalDocument"
# A life's record has some thousands; each costs a millisecond or two, and a worker has other documents to convert.
MAX_ENTRIES = 20_000


def convert(raw: bytes, source: Source) -> Conversion:
    """Patient first, then what the sections hold, then Binary (the original) and DocumentReference.

    The same bytes give the same resources; ids come from the ids in the document. Raises NormalizeError: unreadable, no
    CDA document or of too many entries (stage "parse"), or without one identified, valid Patient; all else is in
    `problems`.
    """
    root = _root(raw, source)
    context = Context(root, source)
    context.subject = patient(context)
    context.security = labels(context)
    for section in every(root, "component/structuredBody//section"):
        convert_section(context, section)
    context.section = ""
    visit = encompassing(context)
    key = _key(context)
    document(context, raw, key or sha256(raw).hexdigest(), visit)
    return Conversion(context.resources, context.problems, key)


def _root(raw: bytes, source: Source) -> Element:
    root = parse(raw, source.charset)
    if root.tag != ROOT:
        reason = f"the root is {local(root)[:40]}, not ClinicalDocument of {CDA}"
        raise NormalizeError(Problem("parse", "/", reason))
    entries = sum(1 for _ in root.iter(f"{{{CDA}}}entry"))
    if entries > MAX_ENTRIES:
        reason = f"the document has {entries} entries; at most {MAX_ENTRIES} are taken"
        raise NormalizeError(Problem("parse", "/", reason))
    return root


def _key(context: Context) -> str | None:
    element = first(context.root, "id")
    found = identifier(context, element) if element is not None else {}
    return business_id(found) if found else None
