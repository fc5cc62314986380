"""Encounter activities, and the visit of the header -> Encounter. Source: HL7 C-CDA on FHIR, CF-encounters."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, people, problems, times
from medbridge.normalize.ccda.identifiers import identifiers
from medbridge.normalize.ccda.resources import Context, EntryError
from medbridge.normalize.ccda.tree import attribute, every, first, related, words
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.tables import V3

DIAGNOSIS = "2.16.840.1.113883.10.20.22.4.80"
CLASSES = {"AMB", "EMER", "FLD", "HH", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "VR"}  # of v3-ActCode
STATUSES = {"active": "in-progress", "aborted": "cancelled", "cancelled": "cancelled", "nullified": "entered-in-error"}


def encounter(context: Context, statement: Element) -> str:
    """Adds the Encounter of an encounter activity, and its diagnoses as Conditions."""
    code = codes.concept(context, first(statement, "code"))
    place = words(first(statement, "participant/participantRole[@classCode='SDLOC']/playingEntity/name"))
    resource = {
        **_visit(context, statement, code),
        "status": STATUSES.get(attribute(statement, "statusCode", "code"), "finished"),
        "participant": [{"individual": each} for each in people.performers(context, statement)],
        "diagnosis": [{"condition": {"reference": each}} for each in _diagnoses(context, statement)],
        "location": [{"location": {"display": place}}] if place else [],
    }
    return context.add(compact(resource), statement)


def encompassing(context: Context) -> str:
    """The visit that the header names, "" when it names none. A section may have told more of the same visit."""
    statement = first(context.root, "componentOf/encompassingEncounter")
    if statement is None:
        return ""
    code = codes.concept(context, first(statement, "code"))
    place = words(first(statement, "location/healthCareFacility/location/name"))
    attending = every(statement, "encounterParticipant/assignedEntity")
    who = [found for each in attending if (found := people.practitioner(context, each))]
    over = bool(times.period(context, first(statement, "effectiveTime")).get("end"))
    resource = {
        **_visit(context, statement, code),
        "status": "finished" if over else "unknown",
        "participant": [{"individual": each} for each in who],
        "location": [{"location": {"display": place}}] if place else [],
    }
    return context.add(compact(resource), statement)


def _visit(context: Context, statement: Element, code: dict[str, Any]) -> dict[str, Any]:
    period = first(statement, "effectiveTime")
    point = times.moment(context, period)
    return {
        "resourceType": "Encounter",
        "identifier": identifiers(context, statement),
        "class": _class(code),
        "type": [code] if code else [],
        "subject": context.about(),
        "period": {"start": point, "end": point} if point else times.period(context, period),
    }


def _class(code: dict[str, Any]) -> dict[str, Any]:
    act = (each for each in code.get("coding", []) if each.get("system") == f"{V3}ActCode")
    known = next((each for each in act if each["code"] in CLASSES), None)
    return known or {"system": f"{V3}NullFlavor", "code": "UNK", "display": "unknown"}


def _diagnoses(context: Context, statement: Element) -> list[str]:
    found: list[str] = []
    for act in related(statement, DIAGNOSIS):
        try:
            found += problems.concern(context, act)
        except EntryError as error:
            context.problem(act, str(error))
    return found
