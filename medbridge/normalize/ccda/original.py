"""The header -> DocumentReference, and the original, whole, in a Binary that follows the patient's consent."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1
from typing import Any

from medbridge.normalize.ccda import codes, people, times
from medbridge.normalize.ccda.identifiers import identifier
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import every, first, words
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.tables import V3
from medbridge.normalize.identity import resource_id

CONTENT_TYPE = "application/xml"
RELATIONS = {"RPLC": "replaces", "APND": "appends", "XFRM": "transforms"}
SENSITIVE = {"R", "V"}  # of v3-Confidentiality; "N" is what every record is


def labels(context: Context) -> list[dict[str, Any]]:
    """The document's confidentiality where it is more than normal: CDA conducts it to all its content."""
    coding = codes.coding(context, first(context.root, "confidentialityCode"))
    sensitive = coding.get("system") == f"{V3}Confidentiality" and coding.get("code") in SENSITIVE
    return [coding] if sensitive else []


def document(context: Context, raw: bytes, key: str, visit: str) -> None:
    """Adds Binary and DocumentReference. `key` names the document, `visit` refers to its Encounter ("" for none)."""
    binary = {
        "resourceType": "Binary",
        "id": resource_id(context.hospital, "Binary", key),
        "contentType": CONTENT_TYPE,
        "securityContext": context.about(),
        "data": b64encode(raw).decode("ascii"),
    }
    url = context.keep(binary, context.root)
    if url:
        context.keep(_reference(context, key, visit, {"url": url, "size": len(raw), "hash": _hash(raw)}), context.root)


def _hash(raw: bytes) -> str:
    """FHIR R4 fixes Attachment.hash to SHA-1: it tells an altered copy by mistake, and proves nothing."""
    return b64encode(sha1(raw, usedforsecurity=False).digest()).decode("ascii")


def _reference(context: Context, key: str, visit: str, original: dict[str, Any]) -> dict[str, Any]:
    root = context.root
    title = words(first(root, "title"))
    made = times.moment(context, first(root, "effectiveTime"))
    attachment = {"contentType": CONTENT_TYPE, **original, "title": title, "creation": made}
    authors = [people.practitioner(context, each) for each in every(root, "author/assignedAuthor")]
    keeper = first(root, "custodian/assignedCustodian/representedCustodianOrganization")
    names = [found for path in ("id", "setId") for each in every(root, path) if (found := identifier(context, each))]
    service = first(root, "documentationOf/serviceEvent/effectiveTime")
    setting = {"encounter": [{"reference": visit}] if visit else [], "period": times.period(context, service)}
    return compact(
        {
            "resourceType": "DocumentReference",
            "id": resource_id(context.hospital, "DocumentReference", key),
            "masterIdentifier": names[0] if names else {},
            "identifier": names[1:],
            "status": "current",
            "type": codes.concept(context, first(root, "code")),
            "subject": context.about(),
            "date": made if "T" in made else "",
            "author": [each for each in authors if each],
            "custodian": people.organization(context, keeper),
            "relatesTo": _relations(context),
            "description": title,
            "securityLabel": [each] if (each := codes.concept(context, first(root, "confidentialityCode"))) else [],
            "content": [{"attachment": compact(attachment)}],
            "context": compact(setting),
        }
    )


def _relations(context: Context) -> list[dict[str, Any]]:
    """By identifier: the earlier document may have come another way, or never."""
    return [
        {"code": RELATIONS[each.get("typeCode", "")], "target": {"type": "DocumentReference", "identifier": found}}
        for each in every(context.root, "relatedDocument")
        if each.get("typeCode") in RELATIONS
        for parent in every(each, "parentDocument/id")[:1]
        if (found := identifier(context, parent))
    ]
