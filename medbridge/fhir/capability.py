"""The CapabilityStatement, made of the tables that the code runs on (FHIR R4 capabilitystatement.html)."""

from collections.abc import Mapping, Sequence
from typing import Any

from medbridge.fhir.parameters import DEFINITION_BASE, supported

Operations = Mapping[str, str]


def statement(
    *,
    base: str,
    version: str,
    at_text: str,
    types: Mapping[str, Sequence[str]],
    operations: Mapping[str, Operations] | None = None,
    system: Sequence[str] = (),
    security: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The server's CapabilityStatement.

    `types`: resource type -> interaction codes (read, vread, update ...); `operations`: type -> name -> definition URL;
    `system`: transaction, batch ...; `security`: a rest.security element; `at_text`: its date, a FHIR dateTime.
    A type's search parameters are listed when `search-type` is among its interactions.
    """
    rest: dict[str, Any] = {"mode": "server"}
    if security:
        rest["security"] = security
    rest["resource"] = [
        _resource(type, codes, (operations or {}).get(type, {})) for type, codes in sorted(types.items())
    ]
    if system:
        rest["interaction"] = [{"code": code} for code in system]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": at_text,
        "kind": "instance",
        "software": {"name": "MedBridge", "version": version},
        "implementation": {"description": "MedBridge", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [rest],
    }


def _resource(type: str, interactions: Sequence[str], operations: Operations) -> dict[str, Any]:
    """Versioning and references are the same for every type: versions are kept, If-Match is honoured (DESIGN.md 4)."""
    resource: dict[str, Any] = {
        "type": type,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned-update" if "update" in interactions else "versioned",
        "readHistory": "vread" in interactions,
    }
    if "search-type" in interactions:
        resource["searchParam"] = [
            {"name": p.name, "definition": DEFINITION_BASE + p.definition, "type": p.kind}
            for p in sorted(supported(type).values(), key=lambda p: p.name)
        ]
    if operations:
        resource["operation"] = [{"name": name, "definition": url} for name, url in sorted(operations.items())]
    return resource
