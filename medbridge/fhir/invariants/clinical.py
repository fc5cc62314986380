"""Invariants of the clinical and administrative resources."""

from __future__ import annotations

from collections.abc import Iterator

from medbridge.fhir.invariants.moments import not_after
from medbridge.fhir.invariants.rule import Object, Rule, Table, at_most_one, chosen, coded, has, needs, one, some
from medbridge.fhir.targets import kind_of

_TERMS = "http://terminology.hl7.org/CodeSystem"
_ALLERGY = f"{_TERMS}/allergyintolerance-verification"
_PROBLEM = f"{_TERMS}/condition-ver-status"
_CLINICAL = f"{_TERMS}/condition-clinical"
_IN_ERROR = "entered-in-error"
_ENDED = ("resolved", "remission", "inactive")
_UNBOOKED = {"proposed", "cancelled", "waitlist"}
UCUM = "http://unitsofmeasure.org"


def _codes(value: Object) -> set[tuple[str | None, str | None]]:
    codings = value.get("code", {}).get("coding", ())
    return {(coding.get("system"), coding.get("code")) for coding in codings if "code" in coding}


def _value_told_once(observation: Object) -> bool:
    if "component" not in observation or not chosen(observation, "value"):
        return True
    own = _codes(observation)
    return not any(own & _codes(component) for component in observation["component"])


def _no_home(value: Object) -> bool:
    return all(item.get("use") != "home" for key in ("telecom", "address") for item in value.get(key, ()))


def _probability(value: Object) -> bool:
    return bool(value.get("probabilityDecimal", 0) <= 100)


def _percentages(value: Object) -> bool:
    bounds = value.get("probabilityRange", {})
    ends = [bounds[key] for key in ("low", "high") if key in bounds]
    return all(end.get("code") == "%" and end.get("system") == UCUM for end in ends)


def _for_practitioner(participant: Object) -> bool:
    # What the reference tells of its target is all that can be judged of one resource.
    text = participant.get("member", {}).get("reference", "")
    return not has(participant, "onBehalfOf") or not text or kind_of(text) in ("Practitioner", "", "#")


def _entries(value: Object) -> Iterator[Object]:
    yield from value.get("entry", ())


CLINICAL: Table = {
    "AllergyIntolerance": (
        Rule(
            "ait-1",
            lambda v: has(v, "clinicalStatus") or coded(v, "verificationStatus", _ALLERGY, _IN_ERROR),
            "clinicalStatus is needed unless verificationStatus is entered-in-error",
            ".clinicalStatus",
        ),
        Rule(
            "ait-2",
            lambda v: not has(v, "clinicalStatus") or not coded(v, "verificationStatus", _ALLERGY, _IN_ERROR),
            "Leave clinicalStatus out where verificationStatus is entered-in-error",
            ".clinicalStatus",
        ),
    ),
    "Condition": (
        Rule(
            "con-4",
            lambda v: not chosen(v, "abatement") or coded(v, "clinicalStatus", _CLINICAL, *_ENDED),
            "An abated condition needs the clinicalStatus inactive, resolved or remission",
            ".clinicalStatus",
        ),
        Rule(
            "con-5",
            lambda v: not has(v, "clinicalStatus") or not coded(v, "verificationStatus", _PROBLEM, _IN_ERROR),
            "Leave clinicalStatus out where verificationStatus is entered-in-error",
            ".clinicalStatus",
        ),
    ),
    "Condition.stage": (Rule("con-1", some("summary", "assessment"), "Send summary or assessment"),),
    "Condition.evidence": (Rule("con-2", some("code", "detail"), "Send code or detail"),),
    "Observation": (
        Rule(
            "obs-6",
            lambda v: not has(v, "dataAbsentReason") or not chosen(v, "value"),
            "Send dataAbsentReason only where there is no value[x]",
            ".dataAbsentReason",
        ),
        Rule("obs-7", _value_told_once, "value[x] and a component of the same code: send one", ".component"),
    ),
    "Observation.referenceRange": (Rule("obs-3", some("low", "high", "text"), "Send low, high or text"),),
    "Patient.contact": (
        Rule(
            "pat-1", some("name", "telecom", "address", "organization"), "Send name, telecom, address or organization"
        ),
    ),
    "Organization": (
        Rule("org-1", some("identifier", "name"), "Send an identifier or a name"),
        Rule("org-2/org-3", _no_home, 'An organization has no address or telecom of use "home"'),
    ),
    "Appointment": (
        Rule("app-2", lambda v: has(v, "start") == has(v, "end"), "Send start and end together"),
        Rule(
            "app-3",
            lambda v: (has(v, "start") and has(v, "end")) or v.get("status") in _UNBOOKED,
            "Only a proposed, cancelled or waitlisted appointment has no start and end",
            ".start",
        ),
        Rule(
            "app-4",
            lambda v: not has(v, "cancelationReason") or v.get("status") in ("noshow", "cancelled"),
            "cancelationReason is for the status noshow and cancelled",
            ".cancelationReason",
        ),
    ),
    "Appointment.participant": (Rule("app-1", some("type", "actor"), "Send type or actor"),),
    "AppointmentResponse": (Rule("apr-1", some("participantType", "actor"), "Send participantType or actor"),),
    "AuditEvent.entity": (Rule("sev-1", at_most_one("name", "query"), "Send name or query, not both"),),
    "CarePlan.activity": (Rule("cpl-3", at_most_one("detail", "reference"), "Send detail or reference, not both"),),
    "Composition.section": (
        Rule("cmp-1", some("text", "entry", "section"), "Send text, entry or section"),
        Rule(
            "cmp-2", at_most_one("emptyReason", "entry"), "emptyReason is for a section without entry", ".emptyReason"
        ),
    ),
    "Consent": (Rule("ppc-1", some("policy", "policyRule"), "Send policy or policyRule", ".policyRule"),),
    "CoverageEligibilityResponse.insurance.item": (
        Rule("ces-1", one("category", "productOrService"), "Send exactly one of category and productOrService"),
    ),
    "FamilyMemberHistory": (
        Rule("fhs-1", lambda v: not chosen(v, "age") or not chosen(v, "born"), "Send age[x] or born[x], not both"),
        Rule("fhs-2", lambda v: chosen(v, "age") or not has(v, "estimatedAge"), "estimatedAge needs age[x]"),
    ),
    "Goal.target": (
        Rule("gol-1", lambda v: not chosen(v, "detail") or has(v, "measure"), "A target's detail needs its measure"),
    ),
    "Group": (
        Rule("grp-1", lambda v: "member" not in v or v.get("actual") is True, "Only an actual group has members"),
    ),
    "Immunization.education": (Rule("imm-1", some("documentType", "reference"), "Send documentType or reference"),),
    "ImmunizationRecommendation.recommendation": (
        Rule("imr-1", some("vaccineCode", "targetDisease"), "Send vaccineCode or targetDisease"),
    ),
    "InsurancePlan": (Rule("ipn-1", some("identifier", "name"), "Send an identifier or a name"),),
    "Linkage": (Rule("lnk-1", lambda v: len(v.get("item", ())) > 1, "A linkage has two items or more", ".item"),),
    "List": (
        Rule("lst-1", at_most_one("emptyReason", "entry"), "emptyReason is for a list without entry", ".emptyReason"),
        Rule(
            "lst-2",
            lambda v: v.get("mode") == "changes" or not any(has(entry, "deleted") for entry in _entries(v)),
            'Only a list of mode "changes" has deleted entries',
            ".entry",
        ),
        Rule(
            "lst-3",
            lambda v: v.get("mode") == "working" or not any(has(entry, "date") for entry in _entries(v)),
            'Only a list of mode "working" has dated entries',
            ".entry",
        ),
    ),
    "CareTeam.participant": (
        Rule("ctm-1", _for_practitioner, "onBehalfOf is for a member who is a Practitioner", ".onBehalfOf"),
    ),
    "MolecularSequence.referenceSeq": (
        Rule(
            "msq-5",
            lambda v: has(v, "chromosome") == has(v, "genomeBuild"),
            "Send chromosome and genomeBuild together",
        ),
        Rule(
            "msq-6",
            one("genomeBuild", "referenceSeqId", "referenceSeqPointer", "referenceSeqString"),
            "Send exactly one of genomeBuild, referenceSeqId, referenceSeqPointer and referenceSeqString",
        ),
    ),
    "MeasureReport": (
        Rule("mrp-1", lambda v: v.get("type") != "data-collection" or "group" not in v, "Data collection has no group"),
    ),
    "MedicationAdministration.dosage": (
        Rule("mad-1", lambda v: has(v, "dose") or chosen(v, "rate"), "Send dose or rate[x]"),
    ),
    "MedicationDispense": (
        Rule(
            "mdd-1",
            not_after("whenPrepared", "whenHandedOver"),
            "Handed over before it was prepared; correct one of the times",
            ".whenHandedOver",
        ),
    ),
    "MolecularSequence": (
        Rule("msq-3", lambda v: v.get("coordinateSystem") in (0, 1), "coordinateSystem is 0 or 1", ".coordinateSystem"),
    ),
    "RequestGroup.action": (Rule("rqg-1", one("resource", "action"), "Send exactly one of resource and action"),),
    "RiskAssessment.prediction": (
        Rule("ras-1", _percentages, "low and high of a probability are in % of UCUM", ".probabilityRange"),
        Rule("ras-2", _probability, "A probability is at most 100", ".probabilityDecimal"),
    ),
    "ServiceRequest": (Rule("prr-1", needs("orderDetail", "code"), "orderDetail needs code", ".code"),),
    "Task": (
        Rule(
            "inv-1", not_after("authoredOn", "lastModified"), "Modified before authored; correct one", ".lastModified"
        ),
    ),
}
