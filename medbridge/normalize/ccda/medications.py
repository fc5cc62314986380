"""Medication activities -> MedicationStatement (what happens) or MedicationRequest (what is ordered or planned)."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, times
from medbridge.normalize.ccda.authors import author, recorded
from medbridge.normalize.ccda.dosage import dosage, interval, interval_period
from medbridge.normalize.ccda.identifiers import identifiers
from medbridge.normalize.ccda.resources import Context, EntryError
from medbridge.normalize.ccda.tree import anyhow, attribute, first, negated, related
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact

INDICATION = "2.16.840.1.113883.10.20.22.4.19"
TAKEN = {
    "active": "active",
    "completed": "completed",
    "aborted": "stopped",
    "cancelled": "not-taken",
    "suspended": "on-hold",
    "held": "on-hold",
    "nullified": "entered-in-error",
}
ORDERED = {**TAKEN, "cancelled": "cancelled", "new": "draft"}
INTENTS = {"INT": "plan", "PRMS": "plan", "PRP": "proposal", "RQO": "order"}


def within(context: Context, act: Element) -> list[str]:
    """An act around medications: discharge or admission medication."""
    below = anyhow(act, "entryRelationship/substanceAdministration")
    if not below:
        raise EntryError("holds no medication activity")
    return [reference for each in below if (reference := medication(context, each))]


def medication(context: Context, statement: Element) -> str:
    """Adds the resource of the statement's mood. Raises EntryError when nothing names the drug."""
    planned = statement.get("moodCode", "EVN") != "EVN"
    resource = _request(context, statement) if planned else _taken(context, statement)
    return context.add(compact(resource), statement)


def _taken(context: Context, statement: Element) -> dict[str, Any]:
    status = TAKEN.get(attribute(statement, "statusCode", "code"), "unknown")
    return {
        "resourceType": "MedicationStatement",
        "identifier": identifiers(context, statement),
        "status": "not-taken" if negated(statement) else status,
        "medicationCodeableConcept": drug(context, statement),
        "subject": context.about(),
        **times.when(context, interval(context, statement), "effective"),
        "dateAsserted": times.moment(context, first(author(statement), "time")),
        "reasonCode": _reasons(context, statement),
        "dosage": dosage(context, statement, {}),
    }


def _request(context: Context, statement: Element) -> dict[str, Any]:
    who = recorded(context, statement)
    return {
        "resourceType": "MedicationRequest",
        "identifier": identifiers(context, statement),
        "status": ORDERED.get(attribute(statement, "statusCode", "code"), "unknown"),
        "intent": INTENTS.get(statement.get("moodCode", ""), "plan"),
        **({"doNotPerform": True} if negated(statement) else {}),
        "medicationCodeableConcept": drug(context, statement),
        "subject": context.about(),
        "authoredOn": who.get("recordedDate", ""),
        "requester": who.get("recorder", {}),
        "reasonCode": _reasons(context, statement),
        "dosageInstruction": dosage(context, statement, interval_period(context, statement)),
    }


def drug(context: Context, statement: Element) -> dict[str, Any]:
    """CodeableConcept of the product."""
    material = first(statement, "consumable/manufacturedProduct/manufacturedMaterial")
    named = codes.concept(context, next(iter(anyhow(material, "code")), None))
    named = named or compact({"text": codes.text_of(context, first(material, "name"))})
    if not named and negated(statement):
        return codes.snomed("787481004", "No known medications")
    if not named:
        raise EntryError("names no drug or vaccine")
    return named


def _reasons(context: Context, statement: Element) -> list[dict[str, Any]]:
    found = (codes.concept(context, first(each, "value")) for each in related(statement, INDICATION))
    return [each for each in found if each]
