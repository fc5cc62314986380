"""GET /fhir/openapi.json: the API described for tools, from the tables that the URLs and the statement are made of."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from medbridge.actions.list_parameters import list_parameters
from medbridge.api import interactions, metadata
from medbridge.api.interactions import Interaction
from medbridge.api.metadata import Public
from medbridge.api.operations import OPERATIONS, Level, Operation
from medbridge.api.view import supported_methods
from medbridge.fhir.capability import Ability
from medbridge.fhir.custom import Custom
from medbridge.fhir.openapi import FHIR_JSON, Endpoint, document

_PATCHES = {"application/json-patch+json": "JsonPatch", FHIR_JSON: "Parameters"}
_FORM = {"application/x-www-form-urlencoded": "Form"}
_READ = ("If-None-Match", "If-Modified-Since", "_pretty")
_WRITE = ("If-Match", "Prefer")
# What each interaction takes beside the parts of its path.
_TAKEN: dict[str, tuple[str, ...]] = {
    "read": _READ, "vread": _READ, "update": _WRITE, "patch": _WRITE, "delete": ("If-Match",),
    "create": ("If-None-Exist", "Prefer"),
    "history-instance": ("_count",), "history-type": ("_count",), "history-system": ("_count",),
    "search-type": ("_count", "Prefer", "_pretty"), "transaction": ("Prefer",),
    "conditional-update": _WRITE, "conditional-patch": _WRITE, "conditional-delete": ("If-Match",),
}  # fmt: skip
_LEVELS: dict[Level, tuple[str, tuple[str, ...]]] = {
    "system": ("", ()), "type": ("{type}/", ()), "instance": ("{type}/{id}/", ("id",)),
    "version": ("{type}/{id}/_history/{version}/", ("id", "version")),
}  # fmt: skip


class OpenApi(Public):
    """The same for everyone; valid OpenAPI 3.1."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.document(request, _body(list_parameters(at=timezone.now())))


# Of the parameters of now and of a moment ago.
@lru_cache(maxsize=2)
def _body(custom: Custom) -> bytes:
    abilities = metadata.abilities(custom)
    return orjson.dumps(document(metadata.server(), abilities, _endpoints(abilities)))


def _endpoints(abilities: metadata.Abilities) -> Iterator[Endpoint]:
    yield Endpoint("metadata", "GET", "capabilities", "System", "CapabilityStatement", ("If-None-Match",), public=True)
    yield Endpoint("openapi.json", "GET", "openapi", "System", "Description", ("If-None-Match",), public=True)
    for each in interactions.OF_SYSTEM:
        # A batch and a transaction are one URL and one method.
        if each.code != "batch" and interactions.answered(each):
            yield _interaction(each, "System", ())
    for type, ability in abilities.items():
        yield from _of_type(type, ability)
    yield from (each for operation in OPERATIONS for each in _of_operation(operation, abilities))


def _of_type(type: str, ability: Ability) -> Iterator[Endpoint]:
    search = [(name, kind) for name, (kind, _) in ability.parameters.items()]
    for each in (*interactions.OF_TYPE, *interactions.CONDITIONAL):
        if interactions.answered(each, type):
            by_search = each.code == "search-type" or each in interactions.CONDITIONAL
            yield _interaction(each, type, search if by_search else ())
    form = interactions.SEARCH_BY_POST
    yield Endpoint(
        form.path.format(type=type), form.method, f"search{type}ByPost", type, "Bundle", ("Prefer",), bodies=_FORM
    )


def _interaction(each: Interaction, type: str, query: Sequence[tuple[str, str]]) -> Endpoint:
    path = each.path.replace("{type}", type)
    placed = tuple(name for name in ("id", "version") if f"{{{name}}}" in path)
    bundle = "history" in each.code or "search" in each.code or type == "System"
    bodies = {"PUT": {FHIR_JSON: type}, "POST": {FHIR_JSON: "Bundle" if type == "System" else type}, "PATCH": _PATCHES}
    return Endpoint(
        path, each.method, _name(each.code, type), type,
        "" if each.method == "DELETE" else "Bundle" if bundle else type,
        (*placed, *_TAKEN.get(each.code, ())), query, bodies.get(each.method, {}),
    )  # fmt: skip


def _of_operation(operation: Operation, abilities: metadata.Abilities) -> Iterator[Endpoint]:
    types = [operation.type] if operation.type else [type for type in abilities if type not in interactions.READ_ONLY]
    for level in operation.levels:
        place, parameters = _LEVELS[level]
        for type in types if level != "system" else ["System"]:
            for method in sorted({"GET", "POST"} & set(supported_methods(operation.view))):
                yield Endpoint(
                    f"{place.replace('{type}', type)}${operation.name}", method,
                    _name(f"{method.lower()}-{operation.name}-{level}", type), type, operation.answer, parameters,
                    [(name, "special") for name in operation.parameters],
                    {FHIR_JSON: "Resource"} if method == "POST" else {}, needed=False,
                )  # fmt: skip


def _name(code: str, type: str) -> str:
    first, *rest = f"{code}-{type}".split("-")
    return first + "".join(part[0].upper() + part[1:] for part in rest)
