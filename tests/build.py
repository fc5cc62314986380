"""Small builders of FHIR resources, and the cast: Alice, Bob, Carol, Mallory, Dana."""

from typing import Any

import orjson

RESIDENT_ID = "urn:oid:2.16.156.10011.1.3"
LOINC = "http://loinc.org"
THO = "http://terminology.hl7.org/CodeSystem"

ACCOUNTS = {
    "hospitals": [
        {"id": "north", "name": "North Bay General Hospital"},
        {"id": "renji", "name": "Renji East Hospital"},
        {"id": "mallory", "name": "Mallory Clinic"},
    ],
    "people": [
        {"username": "alice", "name": "Alice Zhang", "hospital": "north", "role": "patient", "patient": "north-alice"},
        {"username": "bob", "name": "Bob", "hospital": "renji", "role": "clinician", "practitioner": "bob"},
        {"username": "carol", "name": "Carol", "hospital": "", "role": "auditor"},
        {"username": "mallory", "hospital": "mallory", "role": "clinician", "practitioner": "mallory"},
        {"username": "mallory-feed", "hospital": "mallory", "role": "feed"},
        {"username": "dana", "name": "Dana", "hospital": "north", "role": "engineer"},
        {"username": "north-feed", "hospital": "north", "role": "feed"},
        {"username": "renji-feed", "hospital": "renji", "role": "feed"},
    ],
}


def patient(id: str | None = None, **elements: Any) -> dict[str, Any]:
    resource = {
        "resourceType": "Patient",
        "identifier": [{"system": RESIDENT_ID, "value": "11010519491231002X"}],
        "name": [{"family": "Zhang", "given": ["Alice"]}],
        "gender": "female",
        "birthDate": "1949-12-31",
        **elements,
    }
    return {**resource, "id": id} if id else resource


def observation(subject: str, id: str | None = None, **elements: Any) -> dict[str, Any]:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "718-7", "display": "Hemoglobin"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": "2024-03-01T08:30:00+08:00",
        "valueQuantity": {"value": 13.5, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"},
        **elements,
    }
    return {**resource, "id": id} if id else resource


def consent(subject: str, *, permit: bool = True, id: str | None = None, **provision: Any) -> dict[str, Any]:
    resource = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": f"{THO}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": subject},
        "policyRule": {"coding": [{"system": f"{THO}/v3-ActCode", "code": "OPTIN"}]},
        "provision": {"type": "permit" if permit else "deny", **provision},
    }
    return {**resource, "id": id} if id else resource


def actor(*references: str) -> list[dict[str, Any]]:
    """Consent.provision.actor for these references."""
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]}
    return [{"role": role, "reference": {"reference": reference}} for reference in references]


def purpose(*codes: str) -> list[dict[str, str]]:
    return [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code} for code in codes]


def transaction(*resources: dict[str, Any], type: str = "transaction") -> dict[str, Any]:
    """A Bundle that creates the resources; those with an id are updated under it."""
    return {"resourceType": "Bundle", "type": type, "entry": [_entry(n, r) for n, r in enumerate(resources)]}


def _entry(number: int, resource: dict[str, Any]) -> dict[str, Any]:
    if id := resource.get("id"):
        return {"resource": resource, "request": {"method": "PUT", "url": f"{resource['resourceType']}/{id}"}}
    full_url = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
    return {"fullUrl": full_url, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}


def raw(resource: dict[str, Any]) -> bytes:
    return orjson.dumps(resource)
