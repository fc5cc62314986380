"""The original, whole, in a Binary that follows the patient's consent; DocumentReference tells what it is."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1
from typing import Any

from medbridge.normalize.ccda import codes, composition, participants, plans, times
from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.identifiers import identifier
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import attribute, every, first, words
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.tables import V3

CONTENT_TYPE = "application/xml"
FACILITY = "componentOf/encompassingEncounter/location/healthCareFacility/code"
SENSITIVE = {"R", "V"}  # of v3-Confidentiality; "N" is what every record is


def labels(document: Document, root: Node) -> list[dict[str, Any]]:
    """The document's confidentiality where it is more than normal: CDA conducts it to all its content."""
    coding = codes.coding(document, first(root, "confidentialityCode"))
    sensitive = coding.get("system") == f"{V3}Confidentiality" and coding.get("code") in SENSITIVE
    return [coding] if sensitive else []


def whole(document: Document, root: Node, raw: bytes, key: str) -> dict[str, Any]:
    """Keeps the Binary and returns the attachment that refers to it. `key` names the document."""
    hashed = b64encode(sha1(raw, usedforsecurity=False).digest()).decode("ascii")
    # FHIR R4 fixes Attachment.hash to SHA-1: it tells an altered copy by mistake, and proves nothing.
    return {"url": _binary(document, root, key, CONTENT_TYPE, raw), "size": len(raw), "hash": hashed}


def elsewhere(size: int, digest: bytes) -> dict[str, Any]:
    """The attachment of an original too large for a Binary: the message in the inbox has it, the hash tells it."""
    return {"size": size, "hash": b64encode(digest).decode("ascii")}


def _binary(document: Document, root: Node, key: str, kind: str, raw: bytes) -> str:
    binary = {
        "resourceType": "Binary",
        "id": document.id("Binary", key),
        "contentType": kind,
        "securityContext": document.about(),
        "data": b64encode(raw).decode("ascii"),
    }
    return document.keep(binary, root)


def unstructured(document: Document, root: Node) -> dict[str, Any]:
    """Attachment of nonXMLBody/text: what an Unstructured Document consists of."""
    text = first(root, "component/nonXMLBody/text")
    return plans.attachment(document, text) if text is not None else {}


def reference(document: Document, root: Node, key: str, original: dict[str, Any]) -> str:
    """Keeps the DocumentReference. original: url, size and hash, as far as there are."""
    title = words(first(root, "title"))
    made = times.moment(document, first(root, "effectiveTime"))
    attachment = {"contentType": CONTENT_TYPE, **original, "title": title, "creation": made}
    keeper = first(root, composition.CUSTODIAN)
    names = [found for path in ("id", "setId") for each in every(root, path) if (found := identifier(document, each))]
    service = first(root, "documentationOf/serviceEvent/effectiveTime")
    setting = {
        "encounter": [{"reference": document.visit}] if document.visit else [],
        "period": times.period(document, service),
        "facilityType": codes.concept(
            document, first(root, "componentOf/encompassingEncounter/location/healthCareFacility/code")
        ),
    }
    body = unstructured(document, root)
    resource = {
        "resourceType": "DocumentReference",
        "id": document.id("DocumentReference", key),
        "language": attribute(root, "languageCode", "code"),
        "masterIdentifier": names[0] if names else {},
        "identifier": names[1:],
        "status": "current",
        "docStatus": "final" if every(root, "legalAuthenticator") else "",
        "type": codes.concept(document, next(iter(root.all("code")), None)),
        "subject": document.about(),
        "date": made if "T" in made else "",
        "author": composition.authors(document, root),
        "authenticator": participants.practitioner(document, first(root, "legalAuthenticator/assignedEntity")),
        "custodian": participants.organization(document, keeper),
        "relatesTo": _relations(document, root),
        "description": title,
        "securityLabel": [each] if (each := codes.concept(document, first(root, "confidentialityCode"))) else [],
        "content": [{"attachment": compact(attachment)}, *([{"attachment": body}] if body else [])],
        "context": compact(setting),
    }
    return document.keep(compact(resource), root)


def _relations(document: Document, root: Node) -> list[dict[str, Any]]:
    """By identifier: the earlier document may have come another way, or never."""
    return [
        {
            "code": code,
            "target": {"type": "DocumentReference", "identifier": found},
        }
        for each in every(root, "relatedDocument")
        if (code := composition.RELATIONS.get(each.get("typeCode")))
        for parent in every(each, "parentDocument/id")[:1]
        if (found := identifier(document, parent))
    ]
