"""Defects of the published examples: one edit each, named, with what must be found.

An edit is (path, value); `...` removes the element. A path is an expression without the type: "name[0].family".
"""

from __future__ import annotations

import copy
import re
from typing import Any, NamedTuple

from tests.integration.packages.published import US_CORE

LOINC, OMB = "http://loinc.org", "urn:oid:2.16.840.1.113883.6.238"
THO = "http://terminology.hl7.org/CodeSystem"


class Defect(NamedTuple):
    example: str
    path: str
    value: Any
    code: str
    expression: str
    severity: str = "error"


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


PATIENT, BP, LAB = "Patient-example", "Observation-blood-pressure", "Observation-cbc-hemoglobin"
SMOKER, REPORT = "Observation-some-day-smoker", "DiagnosticReport-cbc"
RACE = "Patient.extension[0].extension"

US_CORE_DEFECTS = {
    # cardinality
    "patient_without_identifier": Defect(PATIENT, "identifier", ..., "required", "Patient.identifier"),
    "patient_without_name": Defect(PATIENT, "name", ..., "required", "Patient.name"),
    "patient_without_gender": Defect(PATIENT, "gender", ..., "required", "Patient.gender"),
    "identifier_without_system": Defect(
        PATIENT, "identifier[0].system", ..., "required", "Patient.identifier[0].system"
    ),
    "observation_without_category": Defect(LAB, "category", ..., "required", "Observation.category"),
    "observation_without_subject": Defect(LAB, "subject", ..., "required", "Observation.subject"),
    "careplan_without_category": Defect("CarePlan-colonoscopy", "category", ..., "required", "CarePlan.category"),
    "careteam_member_without_role": Defect(
        "CareTeam-example", "participant[1].role", ..., "required", "CareTeam.participant[1].role"
    ),
    "coverage_without_relationship": Defect(
        "Coverage-coverage-example", "relationship", ..., "required", "Coverage.relationship"
    ),
    "two_payors": Defect(
        "Coverage-coverage-example", "payor", [{"display": "a"}, {"display": "b"}], "structure", "Coverage.payor[1]"
    ),
    "encounter_without_type": Defect("Encounter-example-1", "type", ..., "required", "Encounter.type"),
    "location_without_name": Defect("Location-hospital", "name", ..., "required", "Location.name"),
    "medication_without_code": Defect("Medication-uscore-med1", "code", ..., "required", "Medication.code"),
    "document_without_category": Defect(
        "DocumentReference-episode-summary", "category", ..., "required", "DocumentReference.category"
    ),
    "document_without_type": Defect(
        "DocumentReference-episode-summary", "type", ..., "required", "DocumentReference.type"
    ),
    "device_without_patient_type": Defect("Device-udi-1", "type", ..., "required", "Device.type"),
    # slices
    "blood_pressure_without_systolic": Defect(BP, "component[0]", ..., "required", "Observation.component"),
    "blood_pressure_with_two_diastolics": Defect(
        BP, "component[0].code", coded(LOINC, "8462-4"), "structure", "Observation.component"
    ),
    "vital_sign_of_another_category": Defect(
        BP, "category", [coded(f"{THO}/observation-category", "laboratory")], "required", "Observation.category"
    ),
    "laboratory_report_of_another_category": Defect(
        REPORT, "category", [coded(LOINC, "LP29684-5")], "required", "DiagnosticReport.category"
    ),
    "pressure_without_unit_code": Defect(
        BP, "component[0].valueQuantity.code", ..., "required", "Observation.component[0].valueQuantity.code"
    ),
    "npi_that_is_no_number": Defect(
        "Organization-acme-lab", "identifier[0].value", "12345", "invariant", "Organization.identifier[0]"
    ),
    "clia_without_its_letter": Defect(
        "Organization-acme-lab", "identifier[1].value", "1234567890", "invariant", "Organization.identifier[1]"
    ),
    # fixed and pattern values
    "blood_pressure_with_another_code": Defect(BP, "code", coded(LOINC, "8867-4"), "value", "Observation.code"),
    "pressure_in_kilopascal": Defect(
        BP, "component[0].valueQuantity.code", "kPa", "value", "Observation.component[0].valueQuantity.code"
    ),
    "units_of_another_system": Defect(
        BP, "component[1].valueQuantity.system", "urn:x", "value", "Observation.component[1].valueQuantity.system"
    ),
    # bindings
    "smoking_status_not_yet_known": Defect(SMOKER, "status", "preliminary", "code-invalid", "Observation.status"),
    "document_type_is_text_only": Defect(
        "DocumentReference-episode-summary", "type", {"text": "CCD"}, "code-invalid", "DocumentReference.type"
    ),
    "state_that_is_none": Defect(
        "Provenance-example-targeted-provenance", "agent[0].type", coded("urn:x", "scribe"), "code-invalid",
        "Provenance.agent[0].type", "warning",
    ),
    # types
    "pregnancy_status_as_text": Defect(
        "Observation-pregnancy-status", "valueString", "pregnant", "structure", "Observation.valueString"
    ),
    "blood_pressure_at_an_instant": Defect(
        BP, "effectiveInstant", "2026-01-01T00:00:00Z", "structure", "Observation.effectiveInstant"
    ),
    # references
    "blood_pressure_of_a_group": Defect(BP, "subject.reference", "Group/1", "value", "Observation.subject"),
    "allergy_diagnosed_in_an_absent_type": Defect(
        "Immunization-imm-1", "encounter.reference", "EpisodeOfCare/1", "value", "Immunization.encounter"
    ),
    "report_performed_by_a_patient": Defect(
        "DocumentReference-episode-summary", "author[0].reference", "CareTeam/1", "value", "DocumentReference.author[0]"
    ),
    # extensions
    "race_without_text": Defect(PATIENT, "extension[0].extension[5]", ..., "required", RACE),
    "six_races_of_omb": Defect(
        PATIENT, "extension[0].extension", [
            *[{"url": "ombCategory", "valueCoding": {"system": OMB, "code": "2106-3"}}] * 7,
            {"url": "text", "valueString": "many"},
        ], "structure", RACE,
    ),
    "two_birth_sexes": Defect(
        PATIENT, "extension[1]", {"url": f"{US_CORE}/us-core-birthsex", "valueCode": "M"}, "structure",
        "Patient.extension",
    ),
    "birth_sex_as_a_string": Defect(
        PATIENT, "extension[3]", {"url": f"{US_CORE}/us-core-birthsex", "valueString": "F"}, "structure",
        "Patient.extension[3].valueString",
    ),
    "race_of_an_observation": Defect(
        LAB, "extension", [{"url": f"{US_CORE}/us-core-birthsex", "valueCode": "F"}], "extension",
        "Observation.extension[0]",
    ),
    "misspelt_extension": Defect(
        PATIENT, "extension[3].url", f"{US_CORE}/us-core-birth-sex", "extension", "Patient.extension[3]", "warning"
    ),
    # invariants
    "name_with_neither_family_nor_given": Defect(PATIENT, "name[0]", {"text": "Amy"}, "invariant", "Patient.name[0]"),
    "effective_only_to_the_month": Defect(
        LAB, "effectiveDateTime", "2005-07", "invariant", "Observation.effectiveDateTime"
    ),
    "result_without_value_or_reason": Defect(LAB, "valueQuantity", ..., "invariant", "Observation"),
    "final_report_not_issued": Defect(REPORT, "issued", ..., "invariant", "DiagnosticReport"),
    "procedure_done_at_no_time": Defect("Procedure-rehab", "performedDateTime", ..., "invariant", "Procedure"),
    "order_that_nobody_asked_for": Defect(
        "MedicationRequest-medicationrequest-coded-oral-axid", "requester", ..., "invariant", "MedicationRequest"
    ),
    # claims
    "profile_of_another_type": Defect(LAB, "meta.profile", [f"{US_CORE}/us-core-patient"], "invalid", "Observation"),
}  # fmt: skip

DOCUMENT = "Bundle-bundle-minimal"
_COMPOSITION = "entry[0].resource"

IPS_DEFECTS = {
    "summary_that_is_a_collection": Defect(DOCUMENT, "type", "collection", "value", "Bundle.type"),
    "summary_without_patient": Defect(DOCUMENT, "entry[1]", ..., "required", "Bundle.entry"),
    "summary_without_allergies": Defect(
        DOCUMENT, f"{_COMPOSITION}.section[2]", ..., "required", f"Bundle.{_COMPOSITION}.section"
    ),
    "section_without_title": Defect(
        DOCUMENT, f"{_COMPOSITION}.section[0].title", ..., "required", f"Bundle.{_COMPOSITION}.section[0].title"
    ),
    "summary_of_another_type": Defect(
        DOCUMENT, f"{_COMPOSITION}.type", coded(LOINC, "34133-9"), "value", f"Bundle.{_COMPOSITION}.type"
    ),
    "problem_section_with_a_medication": Defect(
        DOCUMENT, f"{_COMPOSITION}.section[0].entry", [{"reference": "Patient/7685713c-e29e-4a75-8a90-45be7ba3be94"}],
        "value", f"Bundle.{_COMPOSITION}.section[0].entry[0]",
    ),
    "patient_whose_birth_is_unknown": Defect("Patient-66033", "birthDate", ..., "required", "Patient.birthDate"),
    "patient_without_any_name": Defect("Patient-66033", "name", ..., "required", "Patient.name"),
    "tobacco_use_of_another_code": Defect(
        "Observation-tobacco-use-example", "code", coded(LOINC, "1"), "value", "Observation.code"
    ),
}  # fmt: skip


def spoilt(resource: dict[str, Any], defect: Defect) -> dict[str, Any]:
    made = copy.deepcopy(resource)
    steps: list[Any] = [int(n) if n else name for name, n in re.findall(r"([A-Za-z]\w*)|\[(\d+)\]", defect.path)]
    node: Any = made
    for step in steps[:-1]:
        node = node[step]
    if defect.value is ...:
        del node[steps[-1]]
    else:
        node[steps[-1]] = defect.value
    return made
