"""recordTarget -> Patient. Source of the mapping: HL7 C-CDA on FHIR, CF-patient."""

from __future__ import annotations

from typing import Any

from medbridge.fhir import validate
from medbridge.normalize.ccda import codes, people, times
from medbridge.normalize.ccda.identifiers import business_id, of_patient
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import anyhow, attribute, every, first, place, words
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.tables import MARITAL_STATUS_CN, SEX, V3
from medbridge.normalize.identity import resource_id

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
RACE_AND_ETHNICITY = "urn:oid:2.16.840.1.113883.6.238"
OMB = {"1002-5", "2028-9", "2054-5", "2076-8", "2106-3", "2135-2", "2186-5"}  # the categories; all else is detail


def patient(context: Context) -> str:
    """Adds the Patient and returns the reference to it. Raises NormalizeError: none, several, unidentified, invalid."""
    roles = every(context.root, "recordTarget/patientRole")
    if len(roles) != 1:
        reason = "a patient is required" if not roles else "one patient per document"
        raise NormalizeError(Problem("convert", "/ClinicalDocument/recordTarget/patientRole", reason))
    role = roles[0]
    resource = _resource(context, role)
    if not resource.get("identifier"):
        raise NormalizeError(Problem("convert", f"{place(role)}/id", "a patient identifier is required"))
    record = next((i for i in resource["identifier"] if _is_record_number(i)), resource["identifier"][0])
    resource["id"] = resource_id(context.hospital, "Patient", business_id(record))
    if found := validate.issues(resource):
        raise NormalizeError(Problem("validate", place(role), f"{found[0].expression}: {found[0].diagnostics}"))
    return context.keep(resource, role)


def _is_record_number(identifier: dict[str, Any]) -> bool:
    return any(coding["code"] == "MR" for coding in identifier["type"]["coding"])


def _resource(context: Context, role: Element) -> dict[str, Any]:
    person = first(role, "patient")
    birth_date = times.day(context, first(person, "birthTime"))
    return compact(
        {
            "resourceType": "Patient",
            "extension": [*_extension(context, person, "race"), *_extension(context, person, "ethnicity")],
            "identifier": of_patient(context, role, birth_date),
            "name": people.names(person),
            "telecom": people.telecoms(role),
            "gender": _gender(context, first(person, "administrativeGenderCode")),
            "birthDate": birth_date,
            **_deceased(context, person),
            "address": people.addresses(role),
            "maritalStatus": _marital_status(context, first(person, "maritalStatusCode")),
            "contact": [found for each in every(person, "guardian") if (found := _guardian(context, each))],
            "communication": [found for each in every(person, "languageCommunication") if (found := _language(each))],
        }
    )


def _gender(context: Context, element: Element | None) -> str:
    code = attribute(element, ".", "code")
    if element is not None and code and code.upper() not in SEX:
        context.problem(element, f"sex {code[:20]!r} is not known; left out", "unmapped")
    return "other" if code.upper() == "UN" else SEX.get(code.upper(), "")


def _deceased(context: Context, person: Element | None) -> dict[str, Any]:
    if moment := times.moment(context, first(person, "sdtc:deceasedTime")):
        return {"deceasedDateTime": moment}
    known = attribute(person, "sdtc:deceasedInd", "value")
    return {"deceasedBoolean": known == "true"} if known in ("true", "false") else {}


def _marital_status(context: Context, element: Element | None) -> dict[str, Any]:
    code = attribute(element, ".", "code")
    if code in MARITAL_STATUS_CN:
        return {"coding": [{"system": f"{V3}MaritalStatus", "code": MARITAL_STATUS_CN[code]}]}
    return codes.concept(context, element)


def _guardian(context: Context, guardian: Element) -> dict[str, Any]:
    found = people.names(first(guardian, "guardianPerson"))
    places, points = people.addresses(guardian), people.telecoms(guardian)
    role = codes.concept(context, first(guardian, "code"))
    if not (found or places or points):
        return {}
    about = {"relationship": [role] if role else [], "name": found[0] if found else {}}
    return compact({**about, "telecom": points, "address": places[0] if places else {}})


def _language(element: Element) -> dict[str, Any]:
    code = attribute(element, "languageCode", "code")
    preferred = attribute(element, "preferenceInd", "value")
    if not code:
        return {}
    spoken: dict[str, Any] = {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]}}
    return {**spoken, "preferred": preferred == "true"} if preferred in ("true", "false") else spoken


def _extension(context: Context, person: Element | None, name: str) -> list[dict[str, Any]]:
    """US Core's race or ethnicity; only CDC's own codes, other countries have other ones."""
    tag = {"race": "raceCode", "ethnicity": "ethnicGroupCode"}[name]
    elements = [*anyhow(person, tag), *anyhow(person, f"sdtc:{tag}")]
    known = [found for each in elements if (found := codes.coding(context, each)).get("system") == RACE_AND_ETHNICITY]
    if not known:
        return []
    categories = [
        {"url": "ombCategory" if coding["code"] in OMB else "detailed", "valueCoding": coding} for coding in known
    ]
    text = ", ".join(coding.get("display") or coding["code"] for coding in known) or words(person)
    return [{"url": US_CORE + name, "extension": [*categories, {"url": "text", "valueString": text}]}]
