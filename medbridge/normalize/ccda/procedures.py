"""Procedure activities (procedure, act, observation) -> Procedure. Source: HL7 C-CDA on FHIR, CF-procedures."""

from __future__ import annotations

from medbridge.normalize.ccda import codes, people, times
from medbridge.normalize.ccda.authors import recorded
from medbridge.normalize.ccda.identifiers import identifiers
from medbridge.normalize.ccda.resources import Context, EntryError
from medbridge.normalize.ccda.tree import anyhow, attribute, every, first, negated
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact

STATUSES = {
    "completed": "completed",
    "active": "in-progress",
    "aborted": "stopped",
    "cancelled": "not-done",
    "suspended": "on-hold",
    "nullified": "entered-in-error",
}


def procedure(context: Context, statement: Element) -> str:
    """Adds the Procedure. Raises EntryError when nothing says what was done."""
    code = codes.concept(context, next(iter(anyhow(statement, "code")), None))
    code = code or compact({"text": codes.text_of(context, first(statement, "text"))})
    if not code:
        raise EntryError("has neither a code nor a text that says what was done")
    status = STATUSES.get(attribute(statement, "statusCode", "code"), "unknown")
    resource = {
        "resourceType": "Procedure",
        "identifier": identifiers(context, statement),
        "status": "not-done" if negated(statement) else status,
        "code": code,
        "subject": context.about(),
        **times.when(context, first(statement, "effectiveTime"), "performed"),
        "recorder": recorded(context, statement).get("recorder", {}),
        "performer": [{"actor": each} for each in people.performers(context, statement)],
        "bodySite": [site for e in every(statement, "targetSiteCode") if (site := codes.concept(context, e))],
    }
    return context.add(compact(resource), statement)
