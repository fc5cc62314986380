"""CD, CE, CV, CO: coded values."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda.identifiers import UUID
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import anyhow, attribute, first, words
from medbridge.normalize.ccda.xml import Element
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


def system(context: Context, name: str) -> str:
    """URI of a codeSystem attribute; what is neither OID nor UUID becomes the hospital's own."""
    if OID.fullmatch(name):
        return SYSTEMS.get(name, f"urn:oid:{name}")
    if UUID.fullmatch(name.lower()):
        return f"urn:uuid:{name.lower()}"
    return context.local_system(name) if name else ""


def coding(context: Context, element: Element | None) -> dict[str, Any]:
    code = attribute(element, ".", "code")
    if element is None or not code or "nullFlavor" in element.attrib:
        return {}
    where = system(context, attribute(element, ".", "codeSystem"))
    return compact({"system": where, "code": code, "display": attribute(element, ".", "displayName")})


def concept(context: Context, element: Element | None) -> dict[str, Any]:
    """CodeableConcept: the code, then its translations; the original text, in place or in the narrative. {} of nothing.

    A null flavor with an original text or a translation still says something.
    """
    if element is None:
        return {}
    written = [coding(context, each) for each in (element, *anyhow(element, "translation"))]
    distinct = list({tuple(each.items()): each for each in written if each}.values())
    text = text_of(context, first(element, "originalText")) or attribute(element, ".", "displayName")
    return compact({"coding": distinct, "text": text})


def text_of(context: Context, element: Element | None) -> str:
    """ED or ST: the text itself, or the part of the narrative it refers to."""
    if element is None:
        return ""
    return words(element) or context.narrative(attribute(element, "reference", "value"))


def snomed(code: str, display: str) -> dict[str, Any]:
    system = SYSTEMS["2.16.840.1.113883.6.96"]
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def term(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}
