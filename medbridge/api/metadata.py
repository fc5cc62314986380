"""GET /fhir/metadata: the CapabilityStatement. Public, as FHIR R4 http.html#capabilities wants it."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from medbridge.actions import read_accesses
from medbridge.actions.list_parameters import list_parameters
from medbridge.api import interactions, operations
from medbridge.api.conditional import unmodified
from medbridge.api.view import FhirView, fhir
from medbridge.fhir import search_include
from medbridge.fhir.capability import Ability, Server, statement, terminology
from medbridge.fhir.compartments import COMPARTMENTS
from medbridge.fhir.custom import Custom
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parameters import supported
from medbridge.fhir.structure import resource_types

Abilities = Mapping[str, Ability]

VERSION = "0.1.0"
RELEASED = "2026-11-23"
# Sent to operations and answered by them; actions.steps.access.forbidden.
NOT_STORED = frozenset({"Parameters"})
MODES = ("full", "normative", "terminology")

_SECURITY = (
    "Every request but this one carries `Authorization: Bearer <token>`. A token belongs to one account, one purpose of"
    " use and scopes in the syntax of SMART App Launch 2 (`user/Observation.rs`). What a reader may not see answers"
    " exactly like what does not exist. Tokens are issued by the operator; there is no token endpoint yet."
)


class Public(FhirView):
    """A document about the server: the same for everyone, known to a cache by its tag."""

    anonymous = True
    cache = "no-cache"  # to be kept, but never used without asking whether it still holds

    def document(self, request: HttpRequest, body: bytes) -> HttpResponse:
        etag = f'W/"{sha256(body).hexdigest()[:16]}"'
        if unmodified(request.META, etag=etag, at=None):
            return HttpResponse(status=304, headers={"ETag": etag})
        response = fhir(body)
        response["ETag"] = etag
        return response


class Metadata(Public):
    """`mode` full, normative (all of a CapabilityStatement that is used here is normative) or terminology."""

    def get(self, request: HttpRequest) -> HttpResponse:
        mode = request.GET.get("mode", "full")
        if mode not in MODES:
            raise FhirError(400, [Issue("value", f"mode is one of {', '.join(MODES)}, not “{mode[:40]}”.")])
        return self.document(request, _body(mode, list_parameters(at=timezone.now())))


# Two modes that differ, with the parameters of now and of a moment ago.
@lru_cache(maxsize=4)
def _body(mode: str, custom: Custom) -> bytes:
    if mode == "terminology":
        return orjson.dumps(terminology(server()))
    return orjson.dumps(statement(server(), abilities(custom)))


def server() -> Server:
    patches = "patch" in interactions.codes(interactions.OF_TYPE)
    return Server(
        base=f"{settings.PUBLIC_URL}/fhir", version=VERSION, released=RELEASED, documentation=_documentation(),
        security=_SECURITY, cors=bool(settings.CORS_ORIGINS), interactions=interactions.codes(interactions.OF_SYSTEM),
        operations=operations.of_system(), compartments=compartments(),
        patch_formats=("application/json-patch+json", "application/fhir+json") if patches else (),
    )  # fmt: skip


def abilities(custom: Custom) -> Abilities:
    """What can be done with each type, from the tables of URLs, parameters and operations."""
    return {type: _ability(type, custom) for type in sorted(resource_types() - NOT_STORED)}


def _ability(type: str, custom: Custom) -> Ability:
    if type in interactions.READ_ONLY:
        return Ability(interactions.codes(interactions.OF_TYPE, type), parameters=read_accesses.PARAMETERS)
    extra = {code.removeprefix("conditional-") for code in interactions.codes(interactions.CONDITIONAL)}
    return Ability(
        interactions.codes(interactions.OF_TYPE),
        frozenset({"create", *extra}),
        {name: (p.kind, p.definition) for name, p in {**supported(type), **custom.of(type)}.items()},
        (*search_include.includable().get(type, ()), *search_include.references(type, custom.of(type))),
        _sources((*search_include.referring().get(type, ()), *search_include.referring_custom(type, custom))),
        operations.of_type(type),
    )


def _sources(values: tuple[str, ...]) -> tuple[str, ...]:
    """Without the types of which nothing is stored that could refer to anything."""
    return tuple(each for each in values if each.partition(":")[0] not in {*NOT_STORED, *interactions.READ_ONLY})


def compartments() -> tuple[str, ...]:
    return tuple(name for name in COMPARTMENTS if interactions.answered(interactions.COMPARTMENT, name))


def _documentation() -> str:
    return (
        f"Bodies up to {settings.BODY_LIMIT_BYTES} bytes, also gzipped; JSON nested up to {settings.JSON_DEPTH_LIMIT}"
        f" levels; Bundles up to {settings.BUNDLE_ENTRY_LIMIT} entries; URLs up to {settings.URL_LIMIT_BYTES} bytes;"
        f" pages of {settings.SEARCH_COUNT_DEFAULT}, at most {settings.SEARCH_COUNT_LIMIT} matches;"
        f" {settings.SEARCH_OR_LIMIT} alternatives in one value. Past a limit the answer is an OperationOutcome that"
        " names it. Ids are assigned by the server, or by the hospital as a UUID or `<hospital id>-...`."
    )
