"""PV1, PV2 -> Encounter. Source of the mapping: HL7/v2-to-fhir PV1[Encounter]."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.hl7v2 import codes, identifiers
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element, Segment
from medbridge.normalize.hl7v2.names import practitioners
from medbridge.normalize.hl7v2.tables import V3, lookup

PARTICIPANTS = {7: "ATND", 8: "REF", 9: "CON", 17: "ADM", 52: "PART"}  # PV1 field -> v3-ParticipationType
DISPLAYS = {
    "ATND": "attender",
    "REF": "referrer",
    "CON": "consultant",
    "ADM": "admitter",
    "PART": "Participation",
}
LOCATIONS = {3: "active", 6: "completed", 11: "active", 42: "reserved"}  # PV1 field -> Encounter.location.status
HOSPITALIZATION = {
    "reAdmission": (13, "ReadmissionIndicator", "0092"),
    "admitSource": (14, None, "0023"),
    "specialArrangement": (15, "AmbulatoryStatus", "0009"),
    "specialCourtesy": (16, None, "0099"),
    "dischargeDisposition": (36, None, "0112"),
    "dietPreference": (38, None, "0114"),
}
REPEATING = {"specialArrangement", "specialCourtesy", "dietPreference"}


def encounter(context: Context, pid: Segment, pv1: Segment, subject: str) -> dict[str, Any]:
    """The Encounter, or {} where the message holds no visit (a person update sends PV1 with class N, or none)."""
    found = visit_identifiers(context, pid, pv1)
    key = visit_key(context, pv1, found, subject)
    if not key:
        return {}
    period = {"start": context.date_time(pv1.first(44)), "end": context.date_time(pv1.first(45))}
    return compact(
        {
            "resourceType": "Encounter",
            "id": context.id("Encounter", *key),
            "identifier": found,
            "status": status(pv1),
            "class": patient_class(context, pv1.first(2)),
            "type": [kind] if (kind := codes.translated(context, pv1.first(4), "AdmissionType", "0007")) else [],
            "serviceType": codes.translated(context, pv1.first(10), "HospitalService", "0069"),
            "subject": {"reference": subject},
            "participant": participants(context, pv1),
            "period": compact(period),
            "reasonCode": [codes.concept(context, e) for pv2 in context.message.all("PV2") for e in pv2.all(3)],
            "hospitalization": hospitalization(context, pv1),
            "location": locations(context, pv1),
        }
    )


def visit_identifiers(context: Context, pid: Segment, pv1: Segment) -> list[dict[str, Any]]:
    """PV1-19 visit number, PV1-50 alternate, PID-18 account number: the first is what the visit is known by."""
    found = []
    for element, kind in [*((e, "VN") for f in (19, 50) for e in pv1.all(f)), *((e, "AN") for e in pid.all(18))]:
        if identifier := identifiers.from_cx(context, element):
            found.append({"type": identifiers.identifier_type(kind), **identifier})
    return found


def visit_key(context: Context, pv1: Segment, found: list[dict[str, Any]], subject: str) -> tuple[str, ...]:
    """Its number, else patient and admission time: some outpatient systems send no more."""
    if found:
        return (identifiers.business_id(found[0]),)
    if admitted := pv1.value(44):
        return (subject, admitted)
    if pv1.value(2) not in ("", "N"):
        context.problem(pv1.place(19), "a visit number or an admission time (PV1-44) is needed to keep the visit")
    return ()


def status(pv1: Segment) -> str:
    """PV1[Encounter]: a discharge time means finished, else the patient class says.

    HL7's map from events is not used: it calls a patient who is being registered (A04) "planned", and each update
    (A08) of a running visit "unknown".
    """
    found = lookup("PatientClass[EncounterStatus]", pv1.value(2))
    return "finished" if pv1.value(45) else found.code if found else "unknown"


def patient_class(context: Context, element: Element) -> dict[str, Any]:
    if found := lookup("PatientClass[EncounterClass]", element.part(1)):
        return found.coding()
    own = codes.codings(context, element)
    return own[0] if own else {"system": f"{V3}NullFlavor", "code": "UNK", "display": "unknown"}


def participants(context: Context, pv1: Segment) -> list[dict[str, Any]]:
    return [
        {
            "type": [{"coding": [{"system": f"{V3}ParticipationType", "code": role, "display": DISPLAYS[role]}]}],
            "individual": reference,
        }
        for field, role in PARTICIPANTS.items()
        for reference in practitioners(context, pv1.all(field))
    ]


def hospitalization(context: Context, pv1: Segment) -> dict[str, Any]:
    found: dict[str, Any] = {"preAdmissionIdentifier": identifiers.from_cx(context, pv1.first(5))}
    for name, (field, table, v2_table) in HOSPITALIZATION.items():
        concepts = [
            codes.translated(context, element, table, v2_table) if table else codes.concept(context, element)
            for element in pv1.all(field)
        ]
        concepts = [concept for concept in concepts if concept]
        found[name] = concepts if name in REPEATING else (concepts[0] if concepts else {})
    return compact(found)


def locations(context: Context, pv1: Segment) -> list[dict[str, Any]]:
    return [
        {"location": place, "status": "planned" if field == 3 and pv1.value(2) == "P" else status}
        for field, status in LOCATIONS.items()
        for element in pv1.all(field)
        if (place := location(context, element))
    ]


def location(context: Context, element: Element) -> dict[str, Any]:
    """PL -> a logical reference: facility, building, floor, point of care, room, bed, as far as they are sent."""
    parts = [part for n in (4, 7, 8, 1, 2, 3) if (part := element.part(n))]
    if not parts:
        return {}
    identifier = {"system": context.local_system("location"), "value": "/".join(parts)}
    return {"type": "Location", "identifier": identifier, "display": element.part(9) or ", ".join(parts)}
