"""II: business identifiers. Source: HL7 C-CDA on FHIR, "Mapping Guidance: CDA id -> FHIR identifier"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from medbridge.normalize.ccda.tree import every
from medbridge.normalize.hl7v2 import resident_id
from medbridge.normalize.hl7v2.identifiers import OID, SSN, SSN_SYSTEM, business_id

if TYPE_CHECKING:
    from medbridge.normalize.ccda.document import Document
    from medbridge.normalize.ccda.nodes import Node

__all__ = ["business_id", "identifier", "identifiers", "of_patient"]

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
SYSTEMS = {"2.16.840.1.113883.4.6": "http://hl7.org/fhir/sid/us-npi", "2.16.840.1.113883.4.1": SSN_SYSTEM}
REGISTRIES = frozenset({*SYSTEMS, "2.16.156.10011.1.3", "2.16.156.10011.1.19"})
# Identifier types of the national OIDs of WS/T 500 documents; all else that a patientRole has is a record number. Each
# hospital numbers its own visits and records under one OID for all: such a number is one's own only within it.
HEALTH_CARD = "2.16.156.10011.1.19"
NATIONAL_TYPES = {
    HEALTH_CARD: ("HC", "居民健康卡号"),  # health card
    "2.16.156.10011.1.11": ("VN", "门（急）诊号"),  # outpatient number
    "2.16.156.10011.1.12": ("VN", "住院号"),  # inpatient number
    "2.16.156.10011.1.13": ("MR", "病案号"),
}


def identifier(document: Document, element: Node) -> dict[str, Any]:
    """{} for a null flavor or an empty one. A root alone, without extension, is itself the identifier."""
    root, extension = (" ".join((element.get(name) or "").split()) for name in ("root", "extension"))
    if "nullFlavor" in element.attributes or not (root or extension):
        return {}
    urn = _urn(root)
    if extension:
        return {"system": SYSTEMS.get(root) or urn or document.local_system(root or "id"), "value": extension}
    # The number of a registry is not the number of a person: an NPI without its digits names nobody.
    return {"system": "urn:ietf:rfc:3986", "value": urn} if urn and root not in REGISTRIES else {}


def _urn(root: str) -> str:
    if OID.fullmatch(root):
        return f"urn:oid:{root}"
    return f"urn:uuid:{root.lower()}" if UUID.fullmatch(root.lower()) else ""


def identifiers(document: Document, statement: Node) -> list[dict[str, Any]]:
    found = {business_id(i): i for each in every(statement, "id") if (i := identifier(document, each))}
    return list(found.values())


def of_patient(document: Document, role: Node, birth_date: str) -> list[dict[str, Any]]:
    """patientRole/id: national numbers under their national system once proved, the others as record numbers."""
    found = [_typed(document, each, i, birth_date) for each in every(role, "id") if (i := identifier(document, each))]
    return list({business_id(each): each for each in found}.values())


def _typed(document: Document, element: Node, found: dict[str, Any], birth_date: str) -> dict[str, Any]:
    if element.get("root") in resident_id.OIDS:
        return _resident(document, element, found, birth_date)
    root = element.get("root")
    if named := NATIONAL_TYPES.get(root):
        own = {"system": document.local_system(root)} if root != HEALTH_CARD else {}
        return {"type": {**_type(named[0]), "text": named[1]}, **found, **own}
    if found["system"] != SSN_SYSTEM:
        return {"type": _type("MR"), **found}
    if match := SSN.fullmatch(found["value"]):
        return {"type": _type("SS"), "system": SSN_SYSTEM, "value": "".join(match.groups())}
    document.problem(element, "not a social security number that is ever issued; kept as a local identifier")
    return {"type": _type("SS"), "system": document.local_system("ssn-unverified"), "value": found["value"]}


def _resident(document: Document, element: Node, found: dict[str, Any], birth_date: str) -> dict[str, Any]:
    value = found["value"].upper()
    try:
        resident_id.check_resident_id(value, birth_date)
    except ValueError as error:
        document.problem(element, f"{error}; kept as a local identifier")
        return {"type": _type("NI"), "system": document.local_system("resident-id-unverified"), "value": value}
    return {"type": _type("NI"), "system": resident_id.SYSTEM, "value": value}


def _type(code: str) -> dict[str, Any]:
    return {"coding": [{"system": TYPES, "code": code}]}
