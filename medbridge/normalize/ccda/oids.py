"""OIDs of code systems and identifier systems -> the URIs that FHIR knows them by.

Source: FHIR R4 terminologies-systems.html and identifier-registry.html, HL7 THO.
"""

from __future__ import annotations

import re

OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII)
THO = "http://terminology.hl7.org/CodeSystem/"
CODE_SYSTEMS = {
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
    "2.16.840.1.113883.6.285": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.6.59": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.12.227": "http://hl7.org/fhir/sid/mvx",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
    "2.16.840.1.113883.3.26.1.1": "http://ncicb.nci.nih.gov/xml/owl/EVS/owl/thesaurus.owl",
    "2.16.840.1.113883.3.26.1.5": "http://hl7.org/fhir/ndfrt",
    "2.16.840.1.113883.6.209": "http://hl7.org/fhir/ndfrt",
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.6.73": "http://www.whocc.no/atc",
    "2.16.840.1.113883.6.101": "http://nucc.org/provider-taxonomy",
    "2.16.840.1.113883.6.238": "urn:oid:2.16.840.1.113883.6.238",
    "2.16.840.1.113883.6.254": "http://hl7.org/fhir/sid/icf",
    "2.16.840.1.113883.6.259": "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html",
    "1.2.840.10008.2.16.4": "http://dicom.nema.org/resources/ontology/DCM",
    "2.16.840.1.113883.5.1": f"{THO}v3-AdministrativeGender",
    "2.16.840.1.113883.5.2": f"{THO}v3-MaritalStatus",
    "2.16.840.1.113883.5.4": f"{THO}v3-ActCode",
    "2.16.840.1.113883.5.6": f"{THO}v3-ActClass",
    "2.16.840.1.113883.5.7": f"{THO}v3-ActPriority",
    "2.16.840.1.113883.5.8": f"{THO}v3-ActReason",
    "2.16.840.1.113883.5.14": f"{THO}v3-ActStatus",
    "2.16.840.1.113883.5.25": f"{THO}v3-Confidentiality",
    "2.16.840.1.113883.5.83": f"{THO}v3-ObservationInterpretation",
    "2.16.840.1.113883.5.85": f"{THO}v3-orderableDrugForm",
    "2.16.840.1.113883.5.88": f"{THO}v3-ParticipationFunction",
    "2.16.840.1.113883.5.110": f"{THO}v3-RoleClass",
    "2.16.840.1.113883.5.111": f"{THO}v3-RoleCode",
    "2.16.840.1.113883.5.112": f"{THO}v3-RouteOfAdministration",
    "2.16.840.1.113883.5.1008": f"{THO}v3-NullFlavor",
    "2.16.840.1.113883.5.1076": f"{THO}v3-ReligiousAffiliation",
    "2.16.840.1.113883.12.112": f"{THO}v2-0112",
}

RESIDENT_ID = "2.16.156.10011.1.3"
SOCIAL_SECURITY = "http://hl7.org/fhir/sid/us-ssn"
IDENTIFIER_SYSTEMS = {
    "2.16.840.1.113883.4.1": SOCIAL_SECURITY,
    "2.16.840.1.113883.4.6": "http://hl7.org/fhir/sid/us-npi",
    "2.16.840.1.113883.2.23.1.19.1": f"urn:oid:{RESIDENT_ID}",  # HL7 China's OID of the same number
}


def code_system(oid: str) -> str:
    """URI of a code system; "" for what is no OID."""
    return CODE_SYSTEMS.get(oid) or (f"urn:oid:{oid}" if OID.fullmatch(oid) else "")


def identifier_system(oid: str) -> str:
    """URI of an identifier system; "" for what is no OID."""
    return IDENTIFIER_SYSTEMS.get(oid) or (f"urn:oid:{oid}" if OID.fullmatch(oid) else "")
