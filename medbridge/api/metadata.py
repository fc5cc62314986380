"""GET /fhir/metadata: the CapabilityStatement. Public, as FHIR R4 http.html#capabilities wants it."""

from functools import cache

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from medbridge.api.view import FhirView, fhir
from medbridge.fhir.capability import statement
from medbridge.fhir.structure import resource_types

VERSION = "0.1.0"
RELEASED = "2026-11-23"
_EVERY = ("read", "vread", "update", "delete", "history-instance", "create", "search-type")

_VALIDATE = {"validate": "http://hl7.org/fhir/OperationDefinition/Resource-validate"}


class Metadata(FhirView):
    anonymous = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return fhir(_statement())


@cache
def _statement() -> bytes:
    types = {type: _EVERY for type in resource_types() if type not in ("AuditEvent", "Parameters", "Bundle")}
    return orjson.dumps(
        statement(
            base=f"{settings.PUBLIC_URL}/fhir", version=VERSION, at_text=RELEASED,
            types={**types, "AuditEvent": ("read",)},
            operations={
                **dict.fromkeys(types, _VALIDATE),
                "Patient": {**_VALIDATE, "everything": "http://hl7.org/fhir/OperationDefinition/Patient-everything"},
            },
            system=("transaction", "batch"),
        )
    )  # fmt: skip
