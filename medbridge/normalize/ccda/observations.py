"""Results, vital signs, social history and all other observations -> Observation and DiagnosticReport."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, times, values
from medbridge.normalize.ccda.authors import entity_references
from medbridge.normalize.ccda.identifiers import identifiers
from medbridge.normalize.ccda.resources import Context, EntryError
from medbridge.normalize.ccda.tree import anyhow, attribute, every, first, negated, related
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.tables import V2

COMMENT = "2.16.840.1.113883.10.20.22.4.64"
STATUSES = {
    "completed": "final",
    "active": "preliminary",
    "held": "registered",
    "new": "registered",
    "suspended": "registered",
    "aborted": "cancelled",
    "cancelled": "cancelled",
    "nullified": "entered-in-error",
}
CATEGORIES = {"30954-2": "laboratory", "8716-3": "vital-signs", "29762-2": "social-history", "29545-1": "exam"}
# NullFlavor -> data-absent-reason (FHIR R4, ConceptMap of the value set)
ABSENT = {"ASKU": "asked-unknown", "NASK": "not-asked", "MSK": "masked", "NA": "not-applicable", "NAV": "temp-unknown"}


def report(context: Context, organizer: Element) -> str:
    """A result organizer: its Observations, and the DiagnosticReport that gathers them."""
    results = members(context, organizer)
    state = STATUSES.get(attribute(organizer, "statusCode", "code"), "unknown")
    resource = {
        "resourceType": "DiagnosticReport",
        "identifier": identifiers(context, organizer),
        "status": state,
        "category": [{"coding": [{"system": f"{V2}0074", "code": "LAB", "display": "Laboratory"}]}],
        "code": _code(context, organizer) or {"text": "Results"},
        "subject": context.about(),
        **times.when(context, first(organizer, "effectiveTime"), "effective"),
        "performer": entity_references(context, organizer),
        "result": [{"reference": each} for each in results],
    }
    return context.add(compact(resource), organizer)


def members(context: Context, organizer: Element) -> list[str]:
    """References to the Observations of an organizer; one that cannot be kept does not cost the others."""
    found = []
    for each in anyhow(organizer, "component/observation"):
        try:
            found.append(observation(context, each, organizer))
        except EntryError as error:
            context.problem(each, str(error))
    return [reference for reference in found if reference]


def observation(context: Context, statement: Element, organizer: Element | None = None) -> str:
    """Adds the Observation. Raises EntryError when nothing says what was observed."""
    code = _code(context, statement)
    if not code:
        raise EntryError("has neither a code nor a text that says what was observed")
    taken = first(statement, "effectiveTime")
    category = CATEGORIES.get(context.section, "")
    resource = {
        "resourceType": "Observation",
        "identifier": identifiers(context, statement),
        "status": STATUSES.get(attribute(statement, "statusCode", "code"), "unknown"),
        "category": [codes.term("observation-category", category)] if category else [],
        "code": code,
        "subject": context.about(),
        **times.when(context, taken if taken is not None else first(organizer, "effectiveTime"), "effective"),
        "performer": entity_references(context, statement),
        **_value(context, statement),
        "interpretation": [c for e in every(statement, "interpretationCode") if (c := codes.concept(context, e))],
        "note": [{"text": t} for e in related(statement, COMMENT) if (t := codes.text_of(context, first(e, "text")))],
        "bodySite": codes.concept(context, first(statement, "targetSiteCode")),
        "method": codes.concept(context, first(statement, "methodCode")),
        "referenceRange": _ranges(context, statement),
    }
    return context.add(compact(resource), statement)


def _code(context: Context, statement: Element) -> dict[str, Any]:
    found = codes.concept(context, next(iter(anyhow(statement, "code")), None))
    return found or compact({"text": codes.text_of(context, first(statement, "text"))})


def _value(context: Context, statement: Element) -> dict[str, Any]:
    """value[x] or the reason of its absence. What is negated was looked for and not found: that is said in words."""
    elements = anyhow(statement, "value")
    if not elements:
        return {}
    found = values.value(context, elements[0])
    if len(elements) > 1:
        context.problem(elements[1], "an observation has one value in FHIR; the first is kept", "unmapped")
    if found and negated(statement):
        named = found.get("valueCodeableConcept", {})
        text = named.get("text") or next((c.get("display", c["code"]) for c in named.get("coding", [])), "the value")
        return {"valueString": f"not: {text}"}
    flavor = elements[0].get("nullFlavor", "UNK")
    return found or {"dataAbsentReason": codes.term("data-absent-reason", ABSENT.get(flavor, "unknown"))}


def _ranges(context: Context, statement: Element) -> list[dict[str, Any]]:
    found = []
    for each in every(statement, "referenceRange/observationRange"):
        text = codes.text_of(context, first(each, "text"))
        found.append(compact({**values.bounds(first(each, "value")), "text": text}))
    return [each for each in found if each]
