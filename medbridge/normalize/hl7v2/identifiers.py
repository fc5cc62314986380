"""CX, EI and HD: business identifiers and the systems they are unique in."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from medbridge.normalize.hl7v2 import resident_id
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element
from medbridge.normalize.hl7v2.tables import V2, lookup
from medbridge.normalize.hl7v2.times import day

OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII)
SSN_SYSTEM = "http://hl7.org/fhir/sid/us-ssn"
REGISTERED = {  # OIDs for which the FHIR identifier registry has another URI
    "2.16.840.1.113883.4.1": SSN_SYSTEM,
    "2.16.840.1.113883.4.6": "http://hl7.org/fhir/sid/us-npi",
}
# SSA never issues area 000, 666 or 900-999, group 00, serial 0000. Registration desks type them for "unknown",
# and a shared placeholder would link strangers.
SSN = re.compile(r"(?!000|666|9)(\d{3})-?(?!00)(\d{2})-?(?!0000)(\d{4})", re.ASCII)


def authority(context: Context, assigner: Element, field: str) -> str:
    """HD (namespace, universal id, its type) as the system URI of an identifier; `field` names the fallback."""
    namespace, universal, kind = assigner.part(1), assigner.part(2), assigner.part(3).upper()
    if kind in ("ISO", "OID", "") and OID.fullmatch(universal):
        return REGISTERED.get(universal, f"urn:oid:{universal}")
    if kind in ("UUID", "GUID") and (uuid := _uuid(universal)):
        return f"urn:uuid:{uuid}"
    if kind == "URI" and re.fullmatch(r"[a-z][a-z0-9+.-]*:\S+", universal):
        return universal
    return context.local_system(namespace or universal or field)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def from_cx(context: Context, element: Element) -> dict[str, Any]:
    """CX -> Identifier; {} when CX.1 is empty. CX.4 assigning authority, CX.5 type, CX.7 and .8 the period."""
    value = element.part(1)
    if not value:
        return {}
    return compact(
        {
            "type": identifier_type(element.part(5)),
            "system": authority(context, element.component(4), element.segment.at(element.field)),
            "value": value,
            "period": compact({"start": context.date_time(element, 7), "end": context.date_time(element, 8)}),
        }
    )


def identifier_type(code: str) -> dict[str, Any]:
    if not code:
        return {}
    found = lookup("IdentifierType", code)
    return {"coding": [found.coding()]} if found else {"text": code}


def from_ei(context: Context, element: Element, type_code: str = "") -> dict[str, Any]:
    """EI -> Identifier; {} when EI.1 is empty. EI.2 to .4 are an assigning authority."""
    if not element.part(1):
        return {}
    system = authority(context, _shifted(element), element.segment.at(element.field))
    return compact({"type": identifier_type(type_code), "system": system, "value": element.part(1)})


def _shifted(element: Element) -> Element:
    """EI.2, .3, .4 as an HD."""
    mark = element.encoding.component
    return Element(mark.join(element.raw(n) for n in (2, 3, 4)), element.encoding, element.segment, element.field)


def business_id(identifier: dict[str, Any]) -> str:
    """System and value as one text, what a resource's id is made of."""
    return f"{identifier.get('system', '')}|{identifier['value']}"


def person_identifier(context: Context, element: Element) -> dict[str, Any]:
    """A PID-3 repetition; national numbers get their national system once they are proved to be what they claim."""
    identifier = from_cx(context, element)
    if not identifier:
        return {}
    place = element.segment.at(element.field)
    if claims_resident_id(identifier, element.part(5)):
        return resident(context, identifier, place, birth_date(context, element))
    claims_ssn = element.part(5) == "SS" and not element.component(4).part(2)
    if claims_ssn or identifier["system"] == SSN_SYSTEM:
        return {**identifier, **social_security(context, identifier["value"], place)}
    return identifier


def quiet_person_identifier(context: Context, element: Element) -> dict[str, Any]:
    """The same again, without telling twice what is wrong with it."""
    told = len(context.problems)
    identifier = person_identifier(context, element)
    del context.problems[told:]
    return identifier


def birth_date(context: Context, element: Element) -> str:
    """PID-7 of the segment, which a resident identity number is checked against; reported where it is mapped."""
    if element.segment.name != "PID":
        return ""
    try:
        return day(element.segment.value(7))
    except ValueError:
        return ""


def number_of_state(context: Context, element: Element) -> dict[str, Any]:
    """PID-19 is the US social security number; Chinese systems put the resident identity number there."""
    number, place = element.part(1), element.segment.at(element.field)
    if not number:
        return {}
    if claims_resident_id({"value": number, "system": ""}, "NI"):
        return resident(context, {"value": number}, place, birth_date(context, element))
    return social_security(context, number, place)


def from_text(context: Context, element: Element) -> dict[str, Any]:
    """ST that is a number of the sender's own (file names, accession numbers)."""
    system = context.local_system(element.segment.at(element.field))
    return {"system": system, "value": element.part(1)} if element.part(1) else {}


def from_pln(context: Context, element: Element) -> dict[str, Any]:
    """PLN: .1 number, .2 type, .3 state or other qualifier."""
    system = context.local_system(element.part(3) or element.segment.at(element.field))
    identifier = compact({"type": identifier_type(element.part(2)), "system": system, "value": element.part(1)})
    return identifier if element.part(1) else {}


def from_dln(context: Context, element: Element) -> dict[str, Any]:
    """DLN: .1 licence number, .2 who issued it, .3 when it ends."""
    if not element.part(1):
        return {}
    system = context.local_system(element.part(2) or element.segment.at(element.field))
    period = compact({"end": context.date_time(element, 3)})
    return compact({"type": identifier_type("DL"), "system": system, "value": element.part(1), "period": period})


def from_cwe(context: Context, element: Element) -> dict[str, Any]:
    """CWE whose code is a number (IN1-2)."""
    system = context.local_system(element.part(3) or element.segment.at(element.field))
    return {"system": system, "value": element.part(1)} if element.part(1) else {}


def claims_resident_id(identifier: dict[str, Any], type_code: str) -> bool:
    """NI is any country's national number, so there the shape decides; the OIDs and Chinese names say it outright."""
    by_name = type_code.upper() in resident_id.TYPE_NAMES
    by_oid = identifier["system"].removeprefix("urn:oid:") in resident_id.OIDS
    by_shape = type_code in ("NI", "NNN") and resident_id.SHAPE.fullmatch(identifier["value"]) is not None
    return by_name or by_oid or by_shape


def resident(context: Context, identifier: dict[str, Any], place: str, birth_date: str) -> dict[str, Any]:
    """Resident identity number in its national system, or, when it cannot be right, reported and in a local one."""
    value = identifier["value"].upper()
    typed = {**identifier, "type": {"coding": [{"system": f"{V2}0203", "code": "NI"}]}}
    try:
        resident_id.check_resident_id(value, birth_date)
    except ValueError as error:
        context.problem(place, f"{error}; kept as a local identifier")
        return {**typed, "system": context.local_system("resident-id-unverified")}
    return {**typed, "system": resident_id.SYSTEM, "value": value}


def social_security(context: Context, value: str, place: str) -> dict[str, Any]:
    """PID-19 as a US social security number without dashes, as the FHIR registry has it."""
    kind = {"coding": [{"system": f"{V2}0203", "code": "SS"}]}
    if match := SSN.fullmatch(value):
        return {"type": kind, "system": SSN_SYSTEM, "value": "".join(match.groups())}
    context.problem(place, "not a social security number that is ever issued; kept as a local identifier")
    return {"type": kind, "system": context.local_system("PID-19"), "value": value}
