"""AL1 -> AllergyIntolerance, DG1 -> Condition. Source of the mappings: HL7/v2-to-fhir."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.hl7v2 import codes, identifiers
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Segment
from medbridge.normalize.hl7v2.names import practitioners
from medbridge.normalize.hl7v2.tables import V2, lookup
from medbridge.normalize.hl7v2.values import whole_number

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
VERIFICATION = {"F": "confirmed", "W": "provisional"}  # DG1-6, table 0052; an admitting diagnosis says neither


def coded(code: str, system: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{TERMINOLOGY}{system}", "code": code}]}


def key_of(concept: dict[str, Any]) -> str:
    """A coded value as business id: system and code, or its text where there is no code."""
    return next((f"{c['system']}|{c['code']}" for c in concept.get("coding", [])), concept.get("text", ""))


def allergy(context: Context, al1: Segment, subject: str) -> dict[str, Any]:
    """{} when AL1-3 names no substance, which is reported. Known by patient and substance."""
    substance = codes.concept(context, al1.first(3))
    if not substance:
        context.problem(al1.place(3), "an allergen is required; the allergy is left out")
        return {}
    kind, category = (
        lookup(table, al1.value(2)) for table in ("AllergyType", "AllergenType[AllergyIntoleranceCategory]")
    )
    return compact(
        {
            "resourceType": "AllergyIntolerance",
            "id": context.id("AllergyIntolerance", subject, key_of(substance)),
            "clinicalStatus": coded("active", "allergyintolerance-clinical"),
            "type": kind.code if kind else "",
            "category": [category.code] if category else [],
            "code": substance,
            "patient": {"reference": subject},
            "onsetDateTime": context.date_time(al1.first(6)),
            **severity(al1),
        }
    )


def severity(al1: Segment) -> dict[str, Any]:
    """AL1-4 is the severity of the reaction where AL1-5 tells one; without one it can only mean the criticality."""
    manifestations = [{"text": text} for element in al1.all(5) if (text := element.part(2) or element.part(1))]
    graded = lookup("AllergySeverity[AllergyIntolerance.reaction.severity]", al1.value(4))
    critical = lookup("AllergySeverity[AllergyIntolerance.criticality]", al1.value(4))
    if not manifestations:
        return {"criticality": critical.code if critical else ""}
    return {"reaction": [compact({"manifestation": manifestations, "severity": graded.code if graded else ""})]}


def condition(context: Context, dg1: Segment, subject: str, visit: str) -> dict[str, Any]:
    """{} when neither DG1-3 nor DG1-4 says what it is, which is reported.

    Known by DG1-20, else by the visit (or patient) and the code: set ids (DG1-1) are renumbered by each snapshot.
    """
    code = diagnosis_code(context, dg1)
    if not code:
        context.problem(dg1.place(3), "a diagnosis code or description is required; the diagnosis is left out")
        return {}
    identifier = identifiers.from_ei(context, dg1.first(20))
    key = (identifiers.business_id(identifier),) if identifier else (visit or subject, key_of(code))
    verified = "entered-in-error" if dg1.value(21) == "D" else VERIFICATION.get(dg1.value(6), "")
    return compact(
        {
            "resourceType": "Condition",
            "id": context.id("Condition", *key),
            "identifier": [identifier] if identifier else [],
            "verificationStatus": coded(verified, "condition-ver-status") if verified else {},
            "category": [coded("encounter-diagnosis", "condition-category")] if visit else [],
            "code": code,
            "subject": {"reference": subject},
            "encounter": compact({"reference": visit}),
            "onsetDateTime": context.date_time(dg1.first(5)),
            "recordedDate": context.date_time(dg1.first(19)),
            "asserter": next(iter(practitioners(context, dg1.all(16))), {}),
        }
    )


def diagnosis_code(context: Context, dg1: Segment) -> dict[str, Any]:
    """DG1-3 in the system that it names, else the one DG1-2 (coding method, up to 2.3) names; DG1-4 is the words."""
    method = dg1.value(2)
    system = codes.system(context, method, "", dg1.place(3)) if method else ""
    code = codes.concept(context, dg1.first(3), system)
    return compact({**code, "text": dg1.value(4) or code.get("text", "")})


def diagnosis_role(context: Context, dg1: Segment, reference: str) -> dict[str, Any]:
    """Encounter.diagnosis: DG1-6 is the role, DG1-15 the rank (1 is the principal one; 0 ranks nothing)."""
    role = codes.translated(context, dg1.first(6), "DiagnosisType", "0052")
    if role and not lookup("DiagnosisType", dg1.value(6)):
        role = {**role, "coding": [{"system": f"{V2}0052", "code": dg1.value(6)}]}
    rank = whole_number(dg1.value(15))
    return compact({"condition": {"reference": reference}, "use": role, "rank": rank or None})
