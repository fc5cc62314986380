"""Immunization activities -> Immunization. Source of the mapping: HL7 C-CDA on FHIR, CF-immunizations."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, people, times, values
from medbridge.normalize.ccda.identifiers import identifiers
from medbridge.normalize.ccda.medications import drug
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import attribute, first, negated, related, words
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact

REFUSAL = "2.16.840.1.113883.10.20.22.4.53"
STATUSES = {"aborted": "not-done", "cancelled": "not-done", "nullified": "entered-in-error"}


def immunization(context: Context, statement: Element) -> str:
    """Adds the Immunization. Raises EntryError when no vaccine is named."""
    product = first(statement, "consumable/manufacturedProduct")
    status = STATUSES.get(attribute(statement, "statusCode", "code"), "completed")
    reasons = [codes.concept(context, first(each, "code")) for each in related(statement, REFUSAL)]
    resource = {
        "resourceType": "Immunization",
        "identifier": identifiers(context, statement),
        "status": "not-done" if negated(statement) else status,
        "statusReason": reasons[0] if negated(statement) and reasons else {},
        "vaccineCode": drug(context, statement),
        "patient": context.about(),
        **_occurrence(context, statement),
        "manufacturer": people.organization(context, first(product, "manufacturerOrganization")),
        "lotNumber": words(first(product, "manufacturedMaterial/lotNumberText")),
        "site": codes.concept(context, first(statement, "approachSiteCode")),
        "route": codes.concept(context, first(statement, "routeCode")),
        "doseQuantity": values.quantity(first(statement, "doseQuantity")),
        "performer": [{"actor": each} for each in people.performers(context, statement)],
    }
    return context.add(compact(resource), statement)


def _occurrence(context: Context, statement: Element) -> dict[str, Any]:
    """FHIR requires one; where none was sent it says so."""
    moment = times.start(context, first(statement, "effectiveTime"))
    return {"occurrenceDateTime": moment} if moment else {"occurrenceString": "unknown"}
