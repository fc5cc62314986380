"""recordTarget -> Patient: what no row can say. Source of the mapping: HL7 C-CDA on FHIR, CF-patient."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, people, times
from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.identifiers import business_id, of_patient
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import anyhow, attribute, every, first
from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.tables import MARITAL_STATUS_CN, V3
from medbridge.normalize.packs import Frame, Made, Place, Scope
from medbridge.normalize.packs.making import finish

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
RACE_AND_ETHNICITY = "urn:oid:2.16.840.1.113883.6.238"
OMB = {"1002-5", "2028-9", "2054-5", "2076-8", "2106-3", "2135-2", "2186-5"}  # the categories; all else is detail


def patient(document: Document, root: Node) -> str:
    """Keeps the Patient, returns the reference to it. Raises NormalizeError: none, several, or an invalid one."""
    roles = every(root, "recordTarget/patientRole")
    where = "/ClinicalDocument/recordTarget/patientRole"
    if len(roles) != 1:
        reason = "a patient is required" if not roles else "one patient per document"
        raise NormalizeError(Problem("convert", where, reason))
    resource = _resource(document, roles[0])
    resource["id"] = _id(document, root, roles[0], resource.get("identifier", []))
    if not document.valid(resource, roles[0]):
        raise NormalizeError(Problem("validate", where, document.problems[-1].reason))
    return document.keep(resource, roles[0])


def _id(document: Document, root: Node, role: Node, known: list[dict[str, Any]]) -> str:
    """By the record number, else another. Without any it is the Patient of this document alone.

    Two people may share name and birth date: whether it is one of those known already is for the person index to ask.
    """
    record = next((i for i in known if _is_record_number(i)), known[0] if known else None)
    if record:
        return document.id("Patient", business_id(record))
    document.problem(role, "the patient has no identifier; taken as a patient of this document alone")
    names = [(each.get("root"), each.get("extension")) for each in root.all("id")]
    return document.id(
        "Patient", "document", repr(names), role.words(), repr([each.attributes for each in role.iter()])
    )


def _is_record_number(identifier: dict[str, Any]) -> bool:
    return any(coding["code"] == "MR" for coding in identifier["type"]["coding"])


def _resource(document: Document, role: Node) -> dict[str, Any]:
    scope, made = Scope(document.source, context=document, trace=document.trace), Made("Patient")
    scope.made.append(made)
    document.accounts.begin(role)
    document.pack.maps["patientRole[Patient]"](role, Place(made.resource, made, Frame(), scope))
    document.account(scope)
    document.accounts.end()
    return next(iter(finish(scope)), {"resourceType": "Patient"})


def identifiers(document: Document, role: Node) -> dict[str, Any]:
    birth_date = times.day(document, first(role, "patient/birthTime"))
    return {"identifier": of_patient(document, role, birth_date)}


def names(document: Document, person: Node) -> dict[str, Any]:
    return {"name": people.names(person)}


def birth_time(document: Document, element: Node) -> dict[str, Any]:
    """The hour of birth, which birthDate has no room for."""
    moment = times.instant(document, element)
    return {"_birthDate": {"extension": [{"url": BIRTH_TIME, "valueDateTime": moment}]}} if moment else {}


def gender(document: Document, element: Node) -> str:
    code = attribute(element, ".", "code").upper()
    known = document.pack.codes["gender"].get(code)
    if code and known is None:
        document.problem(element, f"sex {code[:20]!r} is not known; left out", "unmapped")
    if known is None and element.get("nullFlavor") in ("UNK", "ASKU", "NASK"):
        return "unknown"
    return known[0] if known else ""


def marital_status(document: Document, element: Node) -> dict[str, Any]:
    code = attribute(element, ".", "code")
    if code in MARITAL_STATUS_CN:
        return {"coding": [{"system": f"{V3}MaritalStatus", "code": MARITAL_STATUS_CN[code]}]}
    return codes.concept(document, element)


def race(document: Document, role: Node) -> dict[str, Any]:
    return _us_core(document, role, "race", "raceCode")


def ethnicity(document: Document, role: Node) -> dict[str, Any]:
    return _us_core(document, role, "ethnicity", "ethnicGroupCode")


def _us_core(document: Document, role: Node, name: str, tag: str) -> dict[str, Any]:
    """US Core's race or ethnicity; only CDC's own codes, other countries have other ones."""
    elements = [*anyhow(role, f"patient/{tag}"), *anyhow(role, f"patient/sdtc:{tag}")]
    known = [found for each in elements if (found := codes.coding(document, each)).get("system") == RACE_AND_ETHNICITY]
    if not known:
        return {}
    seen = {coding["code"]: coding for coding in reversed(known)}
    parts = [
        {"url": "ombCategory" if coding["code"] in OMB else "detailed", "valueCoding": coding}
        for coding in reversed(seen.values())
    ]
    if name == "ethnicity":  # of an ethnicity there is one category
        first_category = next((part for part in parts if part["url"] == "ombCategory"), None)
        parts = [part for part in parts if part["url"] != "ombCategory" or part is first_category]
    text = ", ".join(dict.fromkeys(part["valueCoding"].get("display") or part["valueCoding"]["code"] for part in parts))
    return {"url": US_CORE + name, "extension": [*parts, {"url": "text", "valueString": text}]}


def social(document: Document, observation: Node) -> dict[str, Any]:
    """US Core extension that C-CDA has as an observation of the social history (C-CDA on FHIR, CF-social).

    One of each kind: a second observation stays an Observation.
    """
    code = attribute(observation, "code", "code")
    found = _social(document, observation) if not document.absorbed(code) else {}
    if found:
        document.absorb(observation, code)
    return found


def _social(document: Document, observation: Node) -> dict[str, Any]:
    code, value = attribute(observation, "code", "code"), next(iter(anyhow(observation, "value")), None)
    if value is None:
        return {}
    if code == "76689-9":
        sex = value.get("code") if "nullFlavor" not in value.attributes else value.get("nullFlavor")
        return {"url": US_CORE + "birthsex", "valueCode": sex} if sex in ("M", "F", "UNK", "OTH", "ASKU") else {}
    concept = codes.concept(document, value)
    if code == "76691-5" and concept:
        return {"url": US_CORE + "genderIdentity", "valueCodeableConcept": concept}
    if code == "95370-3" and concept:
        inner = [{"url": "tribalAffiliation", "valueCodeableConcept": concept}]
        return {"url": US_CORE + "tribal-affiliation", "extension": inner}
    return {}
