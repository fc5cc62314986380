"""For every invariant, the smallest object of a right structure that breaks it: key, type, object."""

from __future__ import annotations

from typing import Any

from tests.unit.fhir.resources import concept, extension

Json = dict[str, Any]
X = {"text": "x"}
OTHER = [extension(valueCode="x")]
ALICE = {"reference": "Patient/alice"}
DAY = "2026-02-28"
NOW = "2026-02-28T09:30:00Z"
UCUM = "http://unitsofmeasure.org"
ERROR = "entered-in-error"


def bundle(kind: str, *entries: Json, **members: Any) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **members}


PATIENT = {"resource": {"resourceType": "Patient"}}
REQUEST = {"request": {"method": "GET", "url": "Patient/1"}}
RESPONSE = {"response": {"status": "200"}}
ALLERGY = {"resourceType": "AllergyIntolerance", "patient": ALICE}
APPOINTMENT = {"resourceType": "Appointment", "participant": [{"actor": ALICE, "status": "accepted"}]}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": concept("x", "1")}
CONDITION = {"resourceType": "Condition", "subject": ALICE}
ACTIVE = concept("condition-clinical", "active")
FAMILY = {"resourceType": "FamilyMemberHistory", "status": "partial", "patient": ALICE, "relationship": X}
LIST = {"resourceType": "List", "status": "current", "mode": "snapshot"}


DATATYPES: list[tuple[str, str, Json]] = [
    ("ext-1", "Extension", extension()),
    ("qty-3", "Quantity", {"value": 1, "code": "kg"}),
    ("mqty-1", "MoneyQuantity", {"value": 1, "code": "CHF", "system": "urn:x"}),
    ("age-1", "Age", {"value": -1, "code": "a", "system": UCUM}),
    ("cnt-3", "Count", {"value": 1.5, "code": "1", "system": UCUM}),
    ("dis-1", "Distance", {"value": 1}),
    ("drt-1", "Duration", {"code": "s", "system": UCUM}),
    ("att-1", "Attachment", {"data": "AAAA"}),
    ("cpt-2", "ContactPoint", {"value": "555"}),
    ("per-1", "Period", {"start": "2026", "end": "2025"}),
    ("rng-2", "Range", {"low": {"value": 2}, "high": {"value": 1}}),
    ("rat-1", "Ratio", {"numerator": {"value": 1}}),
    ("drq-1", "DataRequirement.codeFilter", {"code": [{"code": "x"}]}),
    ("drq-2", "DataRequirement.dateFilter", {"valueDateTime": DAY}),
    ("exp-1", "Expression", {"language": "text/cql"}),
    ("tim-1", "Timing.repeat", {"duration": 1}),
    ("tim-2", "Timing.repeat", {"period": 1}),
    ("tim-4", "Timing.repeat", {"duration": -1, "durationUnit": "s"}),
    ("tim-5", "Timing.repeat", {"period": -1, "periodUnit": "s"}),
    ("tim-6", "Timing.repeat", {"periodMax": 1}),
    ("tim-7", "Timing.repeat", {"durationMax": 1}),
    ("tim-8", "Timing.repeat", {"countMax": 1}),
    ("tim-9", "Timing.repeat", {"offset": 1, "when": ["C"]}),
    ("tim-10", "Timing.repeat", {"when": ["MORN"], "timeOfDay": ["09:00:00"]}),
    ("trd-1", "TriggerDefinition", {"type": "data-added", "data": [{"type": "Patient"}], "timingDate": DAY}),
    (
        "trd-2",
        "TriggerDefinition",
        {"type": "periodic", "timingDate": DAY, "condition": {"language": "x", "expression": "x"}},
    ),
    ("trd-3", "TriggerDefinition", {"type": "named-event"}),
]

CLINICAL: list[tuple[str, str, Json]] = [
    ("ait-1", "AllergyIntolerance", ALLERGY),
    (
        "ait-2",
        "AllergyIntolerance",
        ALLERGY
        | {
            "clinicalStatus": concept("allergyintolerance-clinical", "active"),
            "verificationStatus": concept("allergyintolerance-verification", ERROR),
        },
    ),
    ("con-1", "Condition.stage", {"type": X}),
    ("con-2", "Condition.evidence", {"extension": OTHER}),
    ("con-4", "Condition", CONDITION | {"clinicalStatus": ACTIVE, "abatementString": "x"}),
    (
        "con-5",
        "Condition",
        CONDITION | {"clinicalStatus": ACTIVE, "verificationStatus": concept("condition-ver-status", ERROR)},
    ),
    ("obs-3", "Observation.referenceRange", {"type": X}),
    ("obs-6", "Observation", OBSERVATION | {"valueString": "x", "dataAbsentReason": X}),
    ("obs-7", "Observation", OBSERVATION | {"valueString": "x", "component": [{"code": OBSERVATION["code"]}]}),
    ("pat-1", "Patient.contact", {"gender": "male"}),
    ("org-1", "Organization", {"resourceType": "Organization", "active": True}),
    ("org-2", "Organization", {"resourceType": "Organization", "name": "x", "address": [{"use": "home"}]}),
    ("org-3", "Organization", {"resourceType": "Organization", "name": "x", "telecom": [{"use": "home"}]}),
    ("app-1", "Appointment.participant", {"status": "accepted"}),
    ("app-2", "Appointment", APPOINTMENT | {"status": "proposed", "start": NOW}),
    ("app-3", "Appointment", APPOINTMENT | {"status": "booked"}),
    ("app-4", "Appointment", APPOINTMENT | {"status": "proposed", "cancelationReason": X}),
    (
        "apr-1",
        "AppointmentResponse",
        {
            "resourceType": "AppointmentResponse",
            "participantStatus": "accepted",
            "appointment": {"reference": "Appointment/1"},
        },
    ),
    ("sev-1", "AuditEvent.entity", {"name": "x", "query": "AAAA"}),
    ("cpl-3", "CarePlan.activity", {"detail": {"status": "scheduled"}, "reference": {"reference": "Task/1"}}),
    ("cmp-1", "Composition.section", {"title": "x"}),
    ("cmp-2", "Composition.section", {"emptyReason": X, "entry": [ALICE]}),
    ("ppc-1", "Consent", {"resourceType": "Consent", "status": "active", "scope": X, "category": [X]}),
    ("ces-1", "CoverageEligibilityResponse.insurance.item", {"name": "x"}),
    ("ctm-1", "CareTeam.participant", {"member": ALICE, "onBehalfOf": {"reference": "Organization/1"}}),
    ("fhs-1", "FamilyMemberHistory", FAMILY | {"ageString": "1", "bornString": "1"}),
    ("fhs-2", "FamilyMemberHistory", FAMILY | {"estimatedAge": True}),
    ("gol-1", "Goal.target", {"detailString": "x"}),
    ("grp-1", "Group", {"resourceType": "Group", "type": "person", "actual": False, "member": [{"entity": ALICE}]}),
    ("imm-1", "Immunization.education", {"publicationDate": DAY}),
    ("imr-1", "ImmunizationRecommendation.recommendation", {"forecastStatus": X}),
    ("ipn-1", "InsurancePlan", {"resourceType": "InsurancePlan", "status": "draft"}),
    ("lnk-1", "Linkage", {"resourceType": "Linkage", "item": [{"type": "source", "resource": ALICE}]}),
    ("lst-1", "List", LIST | {"emptyReason": X, "entry": [{"item": ALICE}]}),
    ("lst-2", "List", LIST | {"entry": [{"item": ALICE, "deleted": True}]}),
    ("lst-3", "List", LIST | {"entry": [{"item": ALICE, "date": DAY}]}),
    (
        "mrp-1",
        "MeasureReport",
        {
            "resourceType": "MeasureReport",
            "status": "complete",
            "type": "data-collection",
            "measure": "http://x",
            "period": {"start": DAY},
            "group": [{"code": X}],
        },
    ),
    ("mrp-2", "MeasureReport.group.stratifier.stratum", {"measureScore": {"value": 1}}),
    ("mad-1", "MedicationAdministration.dosage", {"text": "x"}),
    (
        "mdd-1",
        "MedicationDispense",
        {
            "resourceType": "MedicationDispense",
            "status": "completed",
            "medicationCodeableConcept": X,
            "whenPrepared": "2026",
            "whenHandedOver": "2025",
        },
    ),
    ("msq-3", "MolecularSequence", {"resourceType": "MolecularSequence", "coordinateSystem": 2}),
    ("msq-5", "MolecularSequence.referenceSeq", {"genomeBuild": "GRCh38"}),
    ("msq-6", "MolecularSequence.referenceSeq", {"windowStart": 1}),
    ("rqg-1", "RequestGroup.action", {"title": "x"}),
    ("ras-1", "RiskAssessment.prediction", {"probabilityRange": {"low": {"value": 1}}}),
    ("ras-2", "RiskAssessment.prediction", {"probabilityDecimal": 101}),
    (
        "prr-1",
        "ServiceRequest",
        {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": ALICE, "orderDetail": [X]},
    ),
    (
        "inv-1",
        "Task",
        {"resourceType": "Task", "status": "draft", "intent": "order", "authoredOn": "2026", "lastModified": "2025"},
    ),
]

BUNDLES: list[tuple[str, str, Json]] = [
    ("bdl-1", "Bundle", bundle("batch", PATIENT | REQUEST, total=1)),
    ("bdl-2", "Bundle", bundle("collection", PATIENT | {"search": {"mode": "match"}})),
    ("bdl-3", "Bundle", bundle("transaction", PATIENT)),
    ("bdl-4", "Bundle", bundle("batch-response", PATIENT)),
    ("bdl-5", "Bundle.entry", {"fullUrl": "urn:uuid:1"}),
    ("bdl-7", "Bundle", bundle("collection", *[PATIENT | {"fullUrl": "urn:uuid:1"}] * 2)),
    ("bdl-8", "Bundle.entry", PATIENT | {"fullUrl": "http://x/Patient/1/_history/1"}),
    ("R4 2.36.4", "Bundle.entry", PATIENT | {"fullUrl": "Patient/1"}),
    ("bdl-9", "Bundle", bundle("document", {"resource": {"resourceType": "Patient"}}, timestamp=NOW)),
    ("bdl-10", "Bundle", bundle("document", PATIENT, identifier={"system": "urn:x", "value": "1"})),
    ("bdl-11", "Bundle", bundle("document", PATIENT, identifier={"system": "urn:x", "value": "1"}, timestamp=NOW)),
    ("bdl-12", "Bundle", bundle("message", PATIENT)),
    ("inv-1", "Parameters.parameter", {"name": "x"}),
]

BROKEN = DATATYPES + CLINICAL + BUNDLES
