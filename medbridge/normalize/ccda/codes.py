"""CD, CE, CV, CO: coded values."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.identifiers import UUID
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import attribute, first
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.identifiers import OID
from medbridge.normalize.hl7v2.tables import V2, V3

# Source: the OIDs that the FHIR R4 terminology registry (terminologies-systems.html) gives to these systems.
SYSTEMS = {
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    "2.16.840.1.113883.6.4": "http://www.cms.gov/Medicare/Coding/ICD10",
    "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.104": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.13": "http://www.ada.org/cdt",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.6.101": "http://nucc.org/provider-taxonomy",
    "2.16.840.1.113883.6.238": "urn:oid:2.16.840.1.113883.6.238",
    "2.16.840.1.113883.6.259": "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html",
    "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.6.59": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.3.26.1.1": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
    "2.16.840.1.113883.6.254": "http://hl7.org/fhir/sid/icf",
    "1.2.840.10008.2.16.4": "http://dicom.nema.org/resources/ontology/DCM",
    "2.16.840.1.113883.5.1": f"{V3}AdministrativeGender",
    "2.16.840.1.113883.5.2": f"{V3}MaritalStatus",
    "2.16.840.1.113883.5.4": f"{V3}ActCode",
    "2.16.840.1.113883.5.6": f"{V3}ActClass",
    "2.16.840.1.113883.5.7": f"{V3}ActPriority",
    "2.16.840.1.113883.5.8": f"{V3}ActReason",
    "2.16.840.1.113883.5.25": f"{V3}Confidentiality",
    "2.16.840.1.113883.5.83": f"{V3}ObservationInterpretation",
    "2.16.840.1.113883.5.88": f"{V3}ParticipationFunction",
    "2.16.840.1.113883.5.111": f"{V3}RoleCode",
    "2.16.840.1.113883.5.112": f"{V3}RouteOfAdministration",
    "2.16.840.1.113883.5.1063": f"{V3}ObservationValue",
    "2.16.840.1.113883.5.1076": f"{V3}ReligiousAffiliation",
    "2.16.840.1.113883.12.112": f"{V2}0112",
    "2.16.840.1.113883.12.443": f"{V2}0443",
}


# What senders write in codeSystemName when they leave the OID out.
NAMES = {
    "loinc": "2.16.840.1.113883.6.1",
    "snomed ct": "2.16.840.1.113883.6.96",
    "snomed-ct": "2.16.840.1.113883.6.96",
    "snomedct": "2.16.840.1.113883.6.96",
    "snomed": "2.16.840.1.113883.6.96",
    "rxnorm": "2.16.840.1.113883.6.88",
    "icd-10-cm": "2.16.840.1.113883.6.90",
    "icd10cm": "2.16.840.1.113883.6.90",
    "icd-10": "2.16.840.1.113883.6.3",
    "icd-9-cm": "2.16.840.1.113883.6.103",
    "icd-9": "2.16.840.1.113883.6.103",
    "icd9": "2.16.840.1.113883.6.103",
    "cpt": "2.16.840.1.113883.6.12",
    "cpt-4": "2.16.840.1.113883.6.12",
    "ndc": "2.16.840.1.113883.6.69",
    "cvx": "2.16.840.1.113883.12.292",
}


def system(document: Document, element: Node) -> str:
    """URI of a codeSystem attribute, else of codeSystemName; what is neither OID nor UUID is the hospital's own."""
    name = attribute(element, ".", "codeSystem")
    if OID.fullmatch(name):
        return SYSTEMS.get(name, f"urn:oid:{name}")
    if UUID.fullmatch(name.lower()):
        return f"urn:uuid:{name.lower()}"
    written = name or attribute(element, ".", "codeSystemName")
    if known := NAMES.get(written.lower()):
        return SYSTEMS[known]
    return document.local_system(written) if written else ""


def coding(document: Document, element: Node | None) -> dict[str, Any]:
    code = attribute(element, ".", "code")
    if element is None or not code or "nullFlavor" in element.attributes:
        return {}
    return compact(
        {"system": system(document, element), "code": code, "display": attribute(element, ".", "displayName")}
    )


def concept(document: Document, element: Node | None) -> dict[str, Any]:
    """CodeableConcept: the code, then its translations; the original text, in place or in the narrative. {} of nothing.

    A null flavor with an original text or a translation still says something.
    """
    if element is None:
        return {}
    written = [coding(document, each) for each in (element, *element.all("translation"))]
    distinct = list({(each.get("system"), each["code"]): each for each in reversed(written) if each}.values())[::-1]
    text = text_of(document, first(element, "originalText")) or attribute(element, ".", "displayName")
    return compact({"coding": distinct, "text": text or next((c["display"] for c in distinct if "display" in c), "")})


def text_of(document: Document, element: Node | None) -> str:
    """ED or ST: the text itself, or the part of the narrative it refers to."""
    if element is None:
        return ""
    return element.words() or document.narrative(attribute(element, "reference", "value"))


def snomed(code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}], "text": display}


def term(system: str, code: str, display: str = "") -> dict[str, Any]:
    where = f"http://terminology.hl7.org/CodeSystem/{system}"
    return {"coding": [compact({"system": where, "code": code, "display": display})]}
