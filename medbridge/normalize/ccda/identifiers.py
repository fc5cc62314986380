"""II: instance identifiers and the systems they are unique in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from medbridge.normalize.ccda.context import Context
from medbridge.normalize.ccda.elements import Node, attribute, children, stated
from medbridge.normalize.ccda.oids import OID, RESIDENT_ID, SOCIAL_SECURITY, identifier_system
from medbridge.normalize.hl7v2.identifiers import SSN
from medbridge.normalize.hl7v2.resident_id import check_resident_id

TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
RESIDENT_SYSTEM = f"urn:oid:{RESIDENT_ID}"


def identifier(context: Context, node: Node) -> dict[str, Any]:
    """II -> Identifier; {} for a null flavor or an empty one.

    A root alone is itself the unique name: FHIR writes it as a URI (datatypes.html#Identifier, urn:ietf:rfc:3986).
    """
    root, extension = attribute(node, "root"), attribute(node, "extension")
    if node.get("nullFlavor") or not (root or extension):
        return {}
    if not extension:
        return {"system": "urn:ietf:rfc:3986", "value": system(root)} if system(root) else {"value": root}
    return {"system": system(root) or context.local_system(root or "id"), "value": extension}


def system(root: str) -> str:
    """URI of an II's root: an OID or a UUID; "" for anything else."""
    if OID.fullmatch(root):
        return identifier_system(root)
    try:
        return f"urn:uuid:{UUID(root)}"
    except ValueError:
        return ""


def identifiers(context: Context, node: Node) -> list[dict[str, Any]]:
    """All ids of an element, each once."""
    found = [identifier(context, each) for each in children(node, "id")]
    return [each for n, each in enumerate(found) if each and each not in found[:n]]


def first_identifier(context: Context, node: Node) -> dict[str, Any]:
    return next(iter(identifiers(context, node)), {})


def patient_identifiers(context: Context, role: Node, birth_date: str) -> list[dict[str, Any]]:
    """Those of a patientRole; national numbers keep their national system only when they can be right.

    They link records across hospitals by themselves, so that a placeholder would link strangers.
    """
    found = []
    for node in stated(children(role, "id")):
        each = identifier(context, node)
        if each.get("system") == RESIDENT_SYSTEM:
            each = _resident(context, each, node, birth_date)
        elif each.get("system") == SOCIAL_SECURITY:
            each = _social_security(context, each, node)
        if each and each not in found:
            found.append(each)
    return found


def _resident(context: Context, found: dict[str, Any], node: Node, birth_date: str) -> dict[str, Any]:
    typed = {"type": {"coding": [{"system": TYPES, "code": "NI"}]}, **found}
    value = found["value"].upper()
    try:
        check_resident_id(value)
    except ValueError as error:
        context.problem(node, f"{error}; kept as a local identifier")
        return {**typed, "system": context.local_system("resident-id-unverified")}
    if birth_date and f"{value[6:10]}-{value[10:12]}-{value[12:14]}"[: len(birth_date)] != birth_date:
        context.problem(node, "the resident identity number holds another birth date; kept as a local identifier")
        return {**typed, "system": context.local_system("resident-id-unverified")}
    return {**typed, "value": value}


def _social_security(context: Context, found: dict[str, Any], node: Node) -> dict[str, Any]:
    typed = {"type": {"coding": [{"system": TYPES, "code": "SS"}]}, **found}
    if match := SSN.fullmatch(found["value"]):
        return {**typed, "value": "".join(match.groups())}
    context.problem(node, "not a social security number that is ever issued; kept as a local identifier")
    return {**typed, "system": context.local_system("ssn-unverified")}


def stands_for_patient(found: dict[str, Any]) -> bool:
    """Is it a hospital's own number? The national ones may be corrected later, and the resource id must not move."""
    return "type" not in found


def business_id(found: dict[str, Any]) -> str:
    """System and value as one text, what a resource's id is made of; the same as in HL7 v2 conversions."""
    return f"{found.get('system', '')}|{found['value']}"
