"""PID, NK1 -> Patient. Source of the mapping: HL7/v2-to-fhir PID[Patient] and NK1[Patient]."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2 import codes, contacts, identifiers, names
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element, Segment
from medbridge.normalize.hl7v2.tables import MARITAL_STATUS_CN, SEX, TABLES
from medbridge.normalize.hl7v2.values import whole_number

EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
RECORD_NUMBERS = {"MR", "PI"}  # the identifier types that name a patient inside the hospital
YES_NO = {"Y": True, "N": False}


def patient(context: Context, pid: Segment) -> dict[str, Any]:
    """The Patient as the message shows it: a snapshot, so what is empty or deleted ("") is absent.

    Raises NormalizeError when PID-3 (or PID-2 of older versions) holds no identifier.
    """
    birth_date = context.day(pid.first(7))
    found = patient_identifiers(context, pid, birth_date)
    return compact(
        {
            "resourceType": "Patient",
            "id": context.id("Patient", record_number(found)),
            "extension": extensions(context, pid),
            "identifier": found,
            "name": [name for field in (5, 9) for xpn in pid.all(field) for name in names.from_xpn(context, xpn)],
            "telecom": telecom(pid),
            "gender": gender(context, pid.first(8)),
            "birthDate": birth_date,
            "_birthDate": birth_time(context, pid.first(7)),
            **deceased(context, pid),
            "address": address(context, pid),
            "maritalStatus": marital_status(context, pid.first(16)),
            **multiple_birth(context, pid),
            "contact": [contact for nk1 in context.message.all("NK1") if (contact := next_of_kin(context, nk1))],
            "communication": [{"language": spoken} for each in pid.all(15) if (spoken := language(context, each))],
        }
    )


def patient_identifiers(context: Context, pid: Segment, birth_date: str) -> list[dict[str, Any]]:
    found = [identifiers.patient_identifier(context, cx, birth_date) for field in (3, 2, 4) for cx in pid.all(field)]
    if not any(found):
        raise NormalizeError(Problem("convert", "PID-3", "a patient identifier is required"))
    if number := pid.value(19):
        found.append(national_number(context, number, pid.place(19), birth_date))
    distinct = {identifiers.business_id(identifier): identifier for identifier in reversed(found) if identifier}
    return list(reversed(distinct.values()))


def national_number(context: Context, number: str, place: str, birth_date: str) -> dict[str, Any]:
    """PID-19 is the US social security number; Chinese systems put the resident identity number there."""
    if identifiers.claims_resident_id({"value": number, "system": ""}, "NI"):
        return identifiers.resident(context, {"value": number}, place, birth_date)
    return identifiers.social_security(context, number, place)


def record_number(found: list[dict[str, Any]]) -> str:
    """The business id of a Patient: the first MR or PI identifier, else the first of all."""

    def types(identifier: dict[str, Any]) -> set[str]:
        return {coding["code"] for coding in identifier.get("type", {}).get("coding", [])}

    return identifiers.business_id(next((each for each in found if types(each) & RECORD_NUMBERS), found[0]))


def gender(context: Context, element: Element) -> str:
    code = element.part(1)
    if code and code not in SEX:
        context.problem(element.place, f"sex {code[:20]!r} is not in HL7 table 0001; left out", "unmapped")
    return SEX.get(code, "")


def birth_time(context: Context, element: Element) -> dict[str, Any]:
    moment = context.instant(element)
    return {"extension": [{"url": f"{EXTENSION}patient-birthTime", "valueDateTime": moment}]} if moment else {}


def deceased(context: Context, pid: Segment) -> dict[str, Any]:
    if died := context.date_time(pid.first(29)):
        pid.raw(30)  # said already by the time
        return {"deceasedDateTime": died}
    indicator = YES_NO.get(pid.value(30))
    return {} if indicator is None else {"deceasedBoolean": indicator}


def multiple_birth(context: Context, pid: Segment) -> dict[str, Any]:
    order, indicator = whole_number(pid.value(25)), YES_NO.get(pid.value(24))
    if order:
        return {"multipleBirthInteger": order}
    return {} if indicator is None else {"multipleBirthBoolean": indicator}


def marital_status(context: Context, element: Element) -> dict[str, Any]:
    if (code := MARITAL_STATUS_CN.get(element.part(1))) and not element.part(3).startswith("HL7"):
        own = codes.concept(context, element)
        return {**own, "coding": [TABLES["MaritalStatus"][code].coding(), *own["coding"]]}
    return codes.translated(context, element, "MaritalStatus", "0002")


def language(context: Context, element: Element) -> dict[str, Any]:
    """Two-letter codes are BCP 47 whatever PID-15.3 calls them; others stay the sender's."""
    code = element.part(1)
    primary = code.split("-")[0]
    bcp47 = len(primary) == 2 and primary.isascii() and primary.isalpha()
    if not bcp47:
        return codes.concept(context, element)
    written = "-".join([primary.lower(), *(code.split("-")[1:])])
    coding = {"system": "urn:ietf:bcp:47", "code": written}
    return compact({"coding": [coding], "text": element.part(2)})


def telecom(pid: Segment) -> list[dict[str, Any]]:
    fields = ((13, "home"), (14, "work"), (40, ""))
    return [point for field, use in fields for point in contacts.telecoms(pid.all(field), use)]


def address(context: Context, pid: Segment) -> list[dict[str, Any]]:
    """PID-11; PID-12 is the county of an address that names none itself."""
    found = contacts.addresses(context, pid.all(11))
    county = pid.value(12, 2) or pid.value(12)
    if county and len(found) == 1 and "district" not in found[0]:
        return [{**found[0], "district": county}]
    if county and county not in [each.get("district") for each in found]:
        return [*found, {"district": county}]
    return found


def extensions(context: Context, pid: Segment) -> list[dict[str, Any]]:
    """FHIR's own extensions for PID-6, PID-17 and PID-23."""
    mother = " ".join(names.display(name) for xpn in pid.all(6)[:1] for name in names.from_xpn(context, xpn))
    religion = codes.translated(context, pid.first(17), "Religion", "0006")
    found: list[tuple[str, str, Any]] = [
        ("patient-mothersMaidenName", "valueString", mother),
        ("patient-religion", "valueCodeableConcept", religion),
        ("patient-birthPlace", "valueAddress", compact({"text": pid.value(23)})),
    ]
    return [{"url": EXTENSION + name, key: value} for name, key, value in found if value]


def next_of_kin(context: Context, nk1: Segment) -> dict[str, Any]:
    """NK1 -> Patient.contact. A contact needs a name, a telecom, an address or an organization (invariant pat-1)."""
    role, kin = codes.translated(context, nk1.first(7), "ContactRole", "0131"), nk1.first(3)
    known = [name for xpn in nk1.all(2) for name in names.from_xpn(context, xpn)]
    places = contacts.addresses(context, nk1.all(4))
    reach = {
        "name": known[0] if known else {},
        "telecom": [*contacts.telecoms(nk1.all(5), "home"), *contacts.telecoms(nk1.all(6), "work")],
        "address": places[0] if places else {},
        "organization": compact({"display": nk1.value(13)}),
    }
    if not any(reach.values()):
        context.problem(nk1.place(2), "a contact needs a name, an address, a telephone or an organization; left out")
        return {}
    relation = codes.translated(context, kin, "Relationship", "0063")
    period = {"start": context.day(nk1.first(8)), "end": context.day(nk1.first(9))}
    about = {"relationship": [each for each in (relation, role) if each], "gender": gender(context, nk1.first(15))}
    return compact({**about, **reach, "period": compact(period)})
