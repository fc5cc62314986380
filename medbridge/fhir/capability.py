"""The CapabilityStatement, made of the tables that the code runs on (FHIR R4 capabilitystatement.html)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from medbridge.fhir.parameters import DEFINITION_BASE

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ability:
    """What the server does with one type.

    `interactions`: codes of CodeSystem restful-interaction; `conditional`: of "create", "update", "delete";
    `parameters`: search parameter -> (its kind, its definition's URL, of R4's own the last part).
    `operations`: name -> URL.
    `includes`, `revincludes`: values of `_include` and `_revinclude`.
    """

    interactions: tuple[str, ...]
    conditional: frozenset[str] = frozenset()
    parameters: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    includes: Sequence[str] = ()
    revincludes: Sequence[str] = ()
    operations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    """What concerns no single type. `released`: a FHIR date; `documentation`: Markdown; `cors`: whether for anyone.

    `compartments`: types that a compartment search starts from; `patch_formats`: media types.
    """

    base: str
    version: str
    released: str
    documentation: str
    security: str
    cors: bool
    interactions: tuple[str, ...] = ()
    operations: Mapping[str, str] = field(default_factory=dict)
    compartments: Sequence[str] = ()
    patch_formats: Sequence[str] = ()


def statement(server: Server, abilities: Mapping[str, Ability]) -> Json:
    """The CapabilityStatement. abilities: by resource type."""
    return {
        **_head("CapabilityStatement", server),
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        **_present(patchFormat=list(server.patch_formats)),
        "rest": [_rest(server, abilities)],
    }


def terminology(server: Server) -> Json:
    """The answer to mode=terminology: codes are checked against what is compiled in, no terminology is served."""
    return _head("TerminologyCapabilities", server) | {"closure": {"translation": False}}


def _head(type: str, server: Server) -> Json:
    return {
        "resourceType": type,
        "status": "active",
        "date": server.released,
        "kind": "instance",
        "software": {"name": "MedBridge", "version": server.version},
        "implementation": {"description": "MedBridge: the records of several hospitals", "url": server.base},
    }


def _rest(server: Server, abilities: Mapping[str, Ability]) -> Json:
    return {
        "mode": "server",
        "documentation": server.documentation,
        "security": {"cors": server.cors, "service": [_OAUTH], "description": server.security},
        "resource": [_resource(type, ability) for type, ability in sorted(abilities.items())],
        **_present(
            interaction=[{"code": code} for code in server.interactions],
            operation=_operations(server.operations),
            compartment=[f"http://hl7.org/fhir/CompartmentDefinition/{name.lower()}" for name in server.compartments],
        ),
    }


_OAUTH = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "OAuth"}],
    "text": "OAuth 2.0 bearer tokens (RFC 6750)",
}


def _resource(type: str, ability: Ability) -> Json:
    """Versions of every type are kept; If-Match is honoured where there are updates (DESIGN.md 4)."""
    updates, versions = "update" in ability.interactions, "vread" in ability.interactions
    return {
        "type": type,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{type}",
        "interaction": [{"code": code} for code in ability.interactions],
        "versioning": "versioned-update" if updates else "versioned" if versions else "no-version",
        "readHistory": versions,
        "updateCreate": updates,
        "conditionalCreate": "create" in ability.conditional,
        "conditionalRead": "full-support" if versions else "not-supported",
        "conditionalUpdate": "update" in ability.conditional,
        "conditionalDelete": "single" if "delete" in ability.conditional else "not-supported",
        **_present(
            searchInclude=list(ability.includes),
            searchRevInclude=list(ability.revincludes),
            searchParam=[_parameter(name, *row) for name, row in sorted(ability.parameters.items())],
            operation=_operations(ability.operations),
        ),
    }


def _parameter(name: str, kind: str, definition: str) -> Json:
    return {"name": name, "definition": definition if ":" in definition else DEFINITION_BASE + definition, "type": kind}


def _operations(operations: Mapping[str, str]) -> list[Json]:
    return [{"name": name, "definition": url} for name, url in sorted(operations.items())]


def _present(**elements: list[Any]) -> Json:
    """FHIR has no empty arrays."""
    return {name: value for name, value in elements.items() if value}
