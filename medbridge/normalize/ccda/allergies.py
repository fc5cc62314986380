"""Allergy concerns -> AllergyIntolerance. Source of the mapping: HL7 C-CDA on FHIR, CF-allergies."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, times
from medbridge.normalize.ccda.authors import recorded
from medbridge.normalize.ccda.identifiers import identifiers
from medbridge.normalize.ccda.problems import BY_CONCERN, STATUSES
from medbridge.normalize.ccda.resources import Context, EntryError
from medbridge.normalize.ccda.tree import anyhow, attribute, first, negated, related, templates
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact

TEMPLATE = "2.16.840.1.113883.10.20.22.4."
OBSERVATION, STATUS, REACTION, SEVERITY, CRITICALITY = (TEMPLATE + number for number in ("7", "28", "9", "8", "145"))
# SNOMED CT code of the observation's value -> (type, category); value set 2.16.840.1.113883.3.88.12.3221.6.2
KINDS = {
    "416098002": ("allergy", "medication"),
    "59037007": ("intolerance", "medication"),
    "419511003": ("", "medication"),
    "414285001": ("allergy", "food"),
    "235719002": ("intolerance", "food"),
    "418471000": ("", "food"),
    "419199007": ("allergy", ""),
    "426232007": ("allergy", "environment"),
    "232347008": ("allergy", "environment"),
}
NOTHING_KNOWN = {
    "medication": ("409137002", "No known drug allergy"),
    "food": ("429625007", "No known food allergy"),
    "environment": ("428607008", "No known environmental allergy"),
    "": ("716186003", "No known allergy"),
}
# Substance, drug, pharmaceutical product, food, edible substance: what "no known allergy" negates where a system must
# name a participant.
ANY_SUBSTANCE = {"105590001", "410942007", "373873005", "255620007", "762766007"}
CRITICALITIES = {"CRITL": "low", "CRITH": "high", "CRITU": "unable-to-assess"}
SEVERITIES = {
    "255604002": "mild",
    "371923003": "moderate",
    "6736007": "moderate",
    "371924009": "severe",
    "24484000": "severe",
    "399166001": "severe",
}


def concern(context: Context, act: Element) -> list[str]:
    below = [each for each in anyhow(act, "entryRelationship/observation") if _is_allergy(each)]
    if not below:
        raise EntryError("holds no allergy observation")
    return [reference for each in below if (reference := allergy(context, each, act))]


def _is_allergy(observation: Element) -> bool:
    """Severities and comments stand beside it; systems outside C-CDA write no templates."""
    return OBSERVATION in templates(observation) or not templates(observation)


def allergy(context: Context, observation: Element, act: Element | None = None) -> str:
    """Adds the AllergyIntolerance. Raises EntryError when nothing names the substance and nothing is negated."""
    kind, category = KINDS.get(attribute(observation, "value", "code"), ("", ""))
    code, known = _code(context, observation, category)
    refuted = negated(observation) and known
    wrong = attribute(observation, "statusCode", "code") == "nullified"
    verification = "entered-in-error" if wrong else "refuted" if refuted else "confirmed"
    criticality = [attribute(each, "value", "code") for each in related(observation, CRITICALITY)]
    resource = {
        "resourceType": "AllergyIntolerance",
        "identifier": identifiers(context, observation),
        "clinicalStatus": {} if wrong else codes.term("allergyintolerance-clinical", _status(observation, act)),
        "verificationStatus": codes.term("allergyintolerance-verification", verification),
        "type": kind,
        "category": [category] if category else [],
        "criticality": CRITICALITIES.get(criticality[0], "") if criticality else "",
        "code": code,
        "patient": context.about(),
        "onsetDateTime": times.start(context, first(observation, "effectiveTime")),
        **recorded(context, observation, act),
        "reaction": [found for each in related(observation, REACTION) if (found := _reaction(context, each))],
    }
    return context.add(compact(resource), observation)


def _code(context: Context, observation: Element, category: str) -> tuple[dict[str, Any], bool]:
    """The substance and True, or the statement that none is known and False."""
    playing = first(observation, "participant/participantRole/playingEntity")
    named = codes.concept(context, next(iter(anyhow(playing, "code")), None))
    named = named or compact({"text": codes.text_of(context, first(playing, "name"))})
    if negated(observation) and (not named or attribute(playing, "code", "code") in ANY_SUBSTANCE):
        return codes.snomed(*NOTHING_KNOWN[category]), False
    if named:
        return named, True
    # Some systems code the whole allergy ("allergy to penicillin") as the value and name no participant.
    value = next(iter(anyhow(observation, "value")), None)
    if attribute(value, ".", "code") not in KINDS and (whole := codes.concept(context, value)):
        return whole, True
    raise EntryError("names no substance, and does not say that no allergy is known")


def _status(observation: Element, act: Element | None) -> str:
    said = [attribute(each, "value", "code") for each in related(observation, STATUS)]
    if said and said[0] in STATUSES:
        return STATUSES[said[0]] if STATUSES[said[0]] != "remission" else "inactive"
    if anyhow(first(observation, "effectiveTime"), "high"):
        return "resolved"
    return BY_CONCERN.get(attribute(act, "statusCode", "code"), "active")


def _reaction(context: Context, observation: Element) -> dict[str, Any]:
    manifestation = codes.concept(context, next(iter(anyhow(observation, "value")), None))
    severity = [SEVERITIES.get(attribute(each, "value", "code"), "") for each in related(observation, SEVERITY)]
    onset = times.start(context, first(observation, "effectiveTime"))
    if not manifestation:
        return {}
    return compact({"manifestation": [manifestation], "onset": onset, "severity": severity[0] if severity else ""})
