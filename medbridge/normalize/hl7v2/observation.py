"""OBX, NTE -> Observation. Source of the mapping: HL7/v2-to-fhir OBX[Observation]."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2 import codes, identifiers, values
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element, Segment
from medbridge.normalize.hl7v2.names import practitioners
from medbridge.normalize.hl7v2.tables import IMAGING, INTERPRETATION_ALIASES, LABORATORY, OBSERVATION_STATUS, lookup

CATEGORY_SYSTEM = "http://terminology.hl7.org/CodeSystem/observation-category"
ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT = {"N": ("not-asked", "Not asked"), "X": ("unknown", "Results cannot be obtained")}  # by OBX-11


def observation(context: Context, obx: Segment, notes: list[Segment]) -> dict[str, Any]:
    """The Observation without id, subject and category, which its report gives it.

    Raises NormalizeError when OBX-3 says not what was observed.
    """
    code = codes.concept(context, obx.first(3))
    if not code:
        raise NormalizeError(Problem("convert", obx.place(3), "an observation identifier is required"))
    identifier = identifiers.from_ei(context, obx.first(21))
    value = values.value(context, obx)
    return compact(
        {
            "resourceType": "Observation",
            "identifier": [identifier] if identifier else [],
            "status": status(context, obx.first(11)),
            "code": code,
            "effectiveDateTime": context.date_time(obx.first(14)),
            "performer": performers(context, obx),
            **value,
            "dataAbsentReason": {} if value else absent(obx.value(11)),
            "interpretation": [each for flag in obx.all(8) if (each := interpretation(context, flag))],
            "note": remarks(notes),
            "bodySite": codes.concept(context, obx.first(20)),
            "method": codes.concept(context, obx.first(17)),
            "referenceRange": values.reference_range(obx),
        }
    )


def status(context: Context, element: Element) -> str:
    code = element.part(1)
    if code not in OBSERVATION_STATUS:
        context.problem(element.place, f"result status {code[:10]!r} is not in HL7 table 0085", "unmapped")
    return OBSERVATION_STATUS.get(code, "unknown")


def absent(result_status: str) -> dict[str, Any]:
    if result_status not in ABSENT:
        return {}
    code, text = ABSENT[result_status]
    return {"coding": [{"system": ABSENT_SYSTEM, "code": code}], "text": text}


def interpretation(context: Context, element: Element) -> dict[str, Any]:
    """OBX-8 (table 0078) in FHIR's code system; arrows, as Chinese laboratories print them, count as H and L."""
    flag = element.part(1)
    if found := lookup("InterpretationCodes", INTERPRETATION_ALIASES.get(flag, flag)):
        return {"coding": [found.coding()]}
    if flag:
        context.problem(
            element.place, f"abnormal flag {flag[:20]!r} is not in HL7 table 0078; kept as it is", "unmapped"
        )
    return codes.concept(context, element)


def performers(context: Context, obx: Segment) -> list[dict[str, Any]]:
    organization = obx.value(23)
    people = practitioners(context, obx.all(16))
    return [*people, {"type": "Organization", "display": organization}] if organization else people


def remarks(notes: list[Segment]) -> list[dict[str, Any]]:
    """NTE-3, one annotation for a run of NTE lines: laboratories break one remark into many."""
    text = "\n".join(line.whole() for nte in notes for line in nte.all(3))
    return [{"text": text}] if text.strip() else []


def category(section: str) -> list[dict[str, Any]]:
    """OBR-24 as the category people search by; a section that is neither laboratory nor imaging has none."""
    code = "laboratory" if section in LABORATORY else "imaging" if section in IMAGING else ""
    return [{"coding": [{"system": CATEGORY_SYSTEM, "code": code}]}] if code else []
