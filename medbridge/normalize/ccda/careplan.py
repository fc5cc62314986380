"""A Care Plan document -> CarePlan: its concerns, goals and interventions under one head."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import composition, times
from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.sections import Body
from medbridge.normalize.ccda.tree import attribute, first, templates, words
from medbridge.normalize.hl7v2.context import compact

CODE, TEMPLATE = "52521-2", "2.16.840.1.113883.10.20.22.1.15"
CATEGORY = {"system": "http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "code": "assess-plan"}
# Of CarePlan.activity.reference
ACTIVITIES = ("ServiceRequest/", "MedicationRequest/", "DeviceRequest/")


def is_care_plan(root: Node) -> bool:
    return attribute(root, "code", "code") == CODE or TEMPLATE in templates(root)


def care_plan(document: Document, root: Node, key: str, body: Body) -> str:
    """Keeps the CarePlan; "" for a document of another kind."""
    if not is_care_plan(root):
        return ""
    found = body.references
    outcomes = [{"reference": each} for each in found.get("11383-7", []) if each.startswith("Observation/")]
    activities: list[dict[str, Any]] = [
        {"reference": {"reference": each}} for codes in found.values() for each in codes if each.startswith(ACTIVITIES)
    ]
    if outcomes:
        activities.append({"outcomeReference": outcomes})
    resource = {
        "resourceType": "CarePlan",
        "id": document.id("CarePlan", key),
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [CATEGORY]}],
        "title": words(first(root, "title")),
        "subject": document.about(),
        "encounter": {"reference": document.visit} if document.visit else {},
        "period": times.period(document, first(root, "documentationOf/serviceEvent/effectiveTime")),
        "author": next(iter(composition.authors(document, root)), {}),
        "careTeam": [{"reference": each} for each in document.teams],
        "addresses": _of(found, "Condition/"),
        "goal": _of(found, "Goal/"),
        "activity": activities,
    }
    return document.keep(compact(resource), root)


def _of(found: dict[str, list[str]], kind: str) -> list[dict[str, str]]:
    named = (each for references in found.values() for each in references if each.startswith(kind))
    return [{"reference": each} for each in dict.fromkeys(named)]
