"""The header -> Composition, and the Provenance that says who made the document. Source: C-CDA on FHIR, CF-header."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, participants, times
from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.identifiers import identifier
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import anyhow, attribute, every, first, words
from medbridge.normalize.hl7v2.context import compact

RELATIONS = {"RPLC": "replaces", "APND": "appends", "XFRM": "transforms"}
AGENTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
CUSTODIAN = "custodian/assignedCustodian/representedCustodianOrganization"
UNTITLED = "Clinical document"
ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
CONFIDENTIALITY = frozenset({"U", "L", "M", "N", "R", "V"})


def composition(document: Document, root: Node, key: str, sections: list[dict[str, Any]]) -> str:
    """Keeps the Composition. Where the document does not say when it was made, the Composition says so."""
    made = times.moment(document, first(root, "effectiveTime")) or _authored(document, root)
    title = words(first(root, "title"))
    kind = codes.concept(document, next(iter(root.all("code")), None)) or {"text": title or UNTITLED}
    level = attribute(root, "confidentialityCode", "code")
    names = [found for path in ("setId", "id") for each in every(root, path) if (found := identifier(document, each))]
    resource = {
        "resourceType": "Composition",
        "id": document.id("Composition", key),
        "language": attribute(root, "languageCode", "code"),
        "identifier": names[0] if names else {},
        "status": "final",
        "type": kind,
        "subject": document.about(),
        "encounter": {"reference": document.visit} if document.visit else {},
        **({"date": made} if made else {"_date": {"extension": [ABSENT]}}),
        "author": authors(document, root) or [{"display": "unknown"}],
        "title": title or kind.get("text", UNTITLED),
        "confidentiality": level if level in CONFIDENTIALITY else "",
        "attester": _attesters(document, root),
        "custodian": participants.organization(document, first(root, CUSTODIAN)),
        "relatesTo": _relations(document, root),
        "event": _events(document, root),
        "section": sections,
    }
    return document.keep(compact(resource), root)


def authors(document: Document, root: Node) -> list[dict[str, str]]:
    found = [participants.anyone(document, each) for each in every(root, "author/assignedAuthor")]
    return [each for n, each in enumerate(found) if each and each not in found[:n]]


def _authored(document: Document, root: Node) -> str:
    found = [times.moment(document, each) for each in every(root, "author/time")]
    return next(filter(None, found), "")


def _attesters(document: Document, root: Node) -> list[dict[str, Any]]:
    found = []
    for path, mode in (("legalAuthenticator", "legal"), ("authenticator", "professional")):
        for each in every(root, path):
            party = participants.practitioner(document, first(each, "assignedEntity"))
            found.append(compact({"mode": mode, "time": times.moment(document, first(each, "time")), "party": party}))
    return found


def _relations(document: Document, root: Node) -> list[dict[str, Any]]:
    """By identifier: the earlier document may have come another way, or never."""
    return [
        {"code": code, "targetIdentifier": found}
        for each in every(root, "relatedDocument")
        if (code := RELATIONS.get(each.get("typeCode")))
        for parent in every(each, "parentDocument/id")[:1]
        if (found := identifier(document, parent))
    ]


def _events(document: Document, root: Node) -> list[dict[str, Any]]:
    found = []
    for each in anyhow(root, "documentationOf/serviceEvent"):
        code = codes.concept(document, next(iter(each.all("code")), None))
        bounds = times.period(document, first(each, "effectiveTime"))
        point = times.moment(document, first(each, "effectiveTime"))
        period = bounds or compact({"start": point, "end": point})
        found.append(compact({"code": [code] if code else [], "period": period}))
    return [each for each in found if each]


def provenance(document: Document, root: Node, key: str, targets: list[str], original: str) -> None:
    """Who made the document, when, from which original. Without a moment there is none: `recorded` is required."""
    recorded = times.instant(document, first(root, "effectiveTime"))
    if not recorded or not (targets := [each for each in targets if each]):
        return
    keeper = participants.organization(document, first(root, CUSTODIAN))
    agents = [("author", each) for each in authors(document, root)] + ([("custodian", keeper)] if keeper else [])
    resource = {
        "resourceType": "Provenance",
        "id": document.id("Provenance", key),
        "target": [{"reference": each} for each in targets],
        "recorded": recorded,
        "agent": [
            {"type": {"coding": [{"system": AGENTS, "code": kind}]}, "who": who}
            for kind, who in agents or [("author", {"display": "unknown"})]
        ],
        "entity": [{"role": "source", "what": {"reference": original}}] if original else [],
    }
    document.keep(compact(resource), root)
