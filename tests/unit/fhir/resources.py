"""Small right resources, for tests to spoil one element at a time."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">Alice</div>'


def patient(**changes: Any) -> Json:
    alice = {
        "resourceType": "Patient",
        "id": "alice",
        "name": [{"family": "Liddell", "given": ["Alice"]}],
        "gender": "female",
        "birthDate": "1990-05-04",
    }
    return _but(alice, changes)


def observation(**changes: Any) -> Json:
    weight = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": "Patient/alice"},
        "effectiveDateTime": "2026-02-28T09:30:00+08:00",
        "valueQuantity": {"value": 72.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }
    return _but(weight, changes)


def condition(**changes: Any) -> Json:
    asthma = {
        "resourceType": "Condition",
        "clinicalStatus": concept("condition-clinical", "active"),
        "subject": {"reference": "Patient/alice"},
    }
    return _but(asthma, changes)


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def bundle(kind: str, *entries: Json, **changes: Any) -> Json:
    return _but({"resourceType": "Bundle", "type": kind, "entry": list(entries) or ...}, changes)


def put(resource: Json) -> Json:
    kind, name = resource["resourceType"], resource.get("id", "x")
    return {"resource": resource, "request": {"method": "PUT", "url": f"{kind}/{name}"}}


def extension(**value: Any) -> Json:
    return {"url": "http://example.org/x", **value}


def _but(resource: Json, changes: Json) -> Json:
    """The resource with these elements instead; `...` takes one away."""
    return {key: value for key, value in (resource | changes).items() if value is not ...}
