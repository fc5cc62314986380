"""An OpenAPI 3.1 description of a FHIR API, for tools that do not read CapabilityStatements.

https://spec.openapis.org/oas/v3.1.1
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from medbridge.fhir.capability import Server

Json = dict[str, Any]

FHIR_JSON = "application/fhir+json"
_ID = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}
PARAMETERS: dict[str, Json] = {
    "id": {"name": "id", "in": "path", "required": True, "schema": _ID},
    "version": {"name": "version", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}},
    "If-Match": {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "example": 'W/"1"'},
    "If-None-Match": {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}},
    "If-Modified-Since": {"name": "If-Modified-Since", "in": "header", "schema": {"type": "string"}},
    "If-None-Exist": {"name": "If-None-Exist", "in": "header", "schema": {"type": "string"}},
    "Prefer": {"name": "Prefer", "in": "header", "schema": {"type": "string"}},
    "_pretty": {"name": "_pretty", "in": "query", "schema": {"type": "boolean"}},
    "_count": {"name": "_count", "in": "query", "schema": {"type": "integer", "minimum": 0}},
}
_KINDS = {
    "token": "[system|]code; alternatives between commas",
    "reference": "[Type/]id or a URL",
    "string": "the beginning of the text",
    "date": "[prefix]date, such as ge2024-03",
    "number": "[prefix]number",
    "quantity": "[prefix]number[|system|code]",
    "uri": "the whole URI",
    "composite": "value$value",
    "special": "as the definition says",
}
_ANSWERED = ("Bundle", "CapabilityStatement", "OperationOutcome", "Parameters")
_OTHER_SCHEMAS: dict[str, Json] = {
    "Resource": {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}},
    "Form": {"type": "object", "additionalProperties": {"type": "string"}},
    "JsonPatch": {"type": "array", "items": {"type": "object", "required": ["op", "path"]}},
    "Description": {"type": "object", "required": ["openapi"]},
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path below the base and a method.

    `bodies`: media type -> schema of a body; `needed`: whether it may not be left out. `answer`: schema of an answer in
    FHIR's JSON, "" for none or for another format. `parameters`: names of PARAMETERS. `query`: search or operation
    parameters as (name, kind). `public`: needs no token.
    """

    path: str
    method: str
    name: str
    tag: str
    answer: str = ""
    parameters: Sequence[str] = ()
    query: Iterable[tuple[str, str]] = ()
    bodies: Mapping[str, str] = field(default_factory=dict)
    needed: bool = True
    public: bool = False


def document(server: Server, types: Iterable[str], endpoints: Iterable[Endpoint]) -> Json:
    """The description. types: resource types that have a schema of their own in it."""
    paths: dict[str, Json] = {}
    for each in endpoints:
        paths.setdefault(f"/{each.path}", {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MedBridge FHIR R4", "version": server.version, "description": server.documentation,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server.base}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": _components(server, types),
    }  # fmt: skip


def _components(server: Server, types: Iterable[str]) -> Json:
    kinds: dict[str, Json] = {f"search-{k}": {"type": "string", "description": told} for k, told in _KINDS.items()}
    resources = {type: _resource(type) for type in sorted({*types, *_ANSWERED})}
    problem = {"description": "What is wrong, where, and what to do.", "content": _content("OperationOutcome")}
    return {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": server.security}},
        "parameters": PARAMETERS,
        "responses": {"problem": problem},
        "schemas": {**kinds, **resources, **_OTHER_SCHEMAS},
    }


def _resource(type: str) -> Json:
    """What every resource has; all of FHIR's rules are in its definitions, and `$validate` tells what breaks them."""
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"const": type}, "id": _ID, "meta": {"type": "object"}},
        "externalDocs": {"url": f"http://hl7.org/fhir/R4/{type.lower()}.html"},
    }


def _operation(endpoint: Endpoint) -> Json:
    named = [{"$ref": f"#/components/parameters/{name}"} for name in endpoint.parameters]
    searched = [
        {"name": name, "in": "query", "schema": {"$ref": f"#/components/schemas/search-{kind}"}}
        for name, kind in endpoint.query
    ]
    operation: Json = {
        "operationId": endpoint.name, "tags": [endpoint.tag], "parameters": named + searched,
        "responses": _responses(endpoint),
    }  # fmt: skip
    if endpoint.bodies:
        content = {media: _schema(name) for media, name in endpoint.bodies.items()}
        operation["requestBody"] = {"required": endpoint.needed, "content": content}
    if endpoint.public:
        operation["security"] = []
    return operation


def _responses(endpoint: Endpoint) -> Json:
    good: Json = {"description": "Done."}
    if endpoint.answer:
        good["content"] = _content(endpoint.answer)
    conditional = {"304": {"description": "Not modified."}} if "If-None-Match" in endpoint.parameters else {}
    return {"2XX": good, **conditional, "default": {"$ref": "#/components/responses/problem"}}


def _content(name: str) -> Json:
    return {FHIR_JSON: _schema(name)}


def _schema(name: str) -> Json:
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}
