"""The smallest valid resource of each type: its required elements, filled from the tables, and what invariants add."""

from typing import Any

from medbridge.fhir.structure import Element, codes, elements

SUBJECT = "Patient/north-alice"

_PRIMITIVES: dict[str, Any] = {
    "base64Binary": "AAAA", "boolean": True, "canonical": "http://example.org/x", "code": "x", "date": "2024-03-01",
    "dateTime": "2024-03-01", "decimal": 1.5, "id": "x", "instant": "2024-03-01T08:30:00Z", "integer": 1,
    "markdown": "x", "oid": "urn:oid:1.2.3", "positiveInt": 1, "string": "x", "time": "08:30:00", "unsignedInt": 1,
    "uri": "urn:example:x", "url": "https://example.org", "uuid": "urn:uuid:00000000-0000-4000-8000-000000000000",
    "xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
}  # fmt: skip
_TYPES: dict[str, Any] = {
    "Attachment": {"title": "x"}, "CodeableConcept": {"text": "x"}, "Coding": {"code": "x"},
    "Identifier": {"value": "x"},
    "Money": {"value": 1.5}, "Period": {"start": "2024-03-01"}, "Quantity": {"value": 1.5},
    "Resource": {"resourceType": "Basic", "code": {"text": "x"}},
}  # fmt: skip
_TEXT = {"text": "x"}
_THO = "http://terminology.hl7.org/CodeSystem"
# What invariants ask for beside the required elements.
_MORE: dict[str, dict[str, Any]] = {
    "AllergyIntolerance": {
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
            ]
        }
    },
    "Bundle": {"type": "collection"},
    "Appointment": {"participant": [{"type": [_TEXT], "status": "accepted"}]},
    "AppointmentResponse": {"participantType": [_TEXT]},
    "CapabilityStatement": {"implementation": {"description": "x"}, "rest": [{"mode": "server"}]},
    "Consent": {"policyRule": _TEXT, "patient": {"reference": SUBJECT}},
    "ImmunizationRecommendation": {
        "recommendation": [{"vaccineCode": [_TEXT], "forecastStatus": _TEXT}],
    },
    "InsurancePlan": {"name": "x"},
    "Linkage": {"item": [{"type": kind, "resource": {"display": "x"}} for kind in ("source", "alternate")]},
    "Organization": {"name": "x"},
    "EventDefinition": {"trigger": [{"type": "named-event", "name": "x"}]},
    "StructureDefinition": {"type": "x", "differential": {"element": [{"path": "x", "id": "x"}]}},
    "TerminologyCapabilities": {"implementation": {"description": "x"}},
}


def minimal(type: str) -> dict[str, Any]:
    """A resource of the type, about Alice where it can be about a Patient."""
    return {"resourceType": type, **_object(type), **_MORE.get(type, {})}


def _object(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    chosen: set[str] = set()
    for key, element in elements(name).items():
        if not element.required or element.choice in chosen:
            continue
        chosen |= {element.choice} if element.choice else set()
        found[key] = [_value(element)] if element.many else _value(element)
    return found


def _value(element: Element) -> Any:
    if element.codes and element.type in ("code", "Coding", "CodeableConcept"):
        return _coded(element.type, element.codes)
    if element.type == "Reference":
        return {"reference": SUBJECT} if "Patient" in element.targets else {"display": "x"}
    known = _PRIMITIVES.get(element.type) or _TYPES.get(element.type)
    return known if known is not None else _object(element.type)


def _coded(type: str, value_set: str) -> Any:
    listed = codes(value_set)
    if listed is None:  # MIME types, languages
        system, code = "urn:ietf:bcp:13", "text/plain" if "mime" in value_set else "en"
    else:
        system, code = next((system, values[0]) for system, values in listed.items() if values)
    coding = {"system": system, "code": code}
    return {"code": code, "Coding": coding, "CodeableConcept": {"coding": [coding]}}[type]
