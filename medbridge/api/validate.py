"""[type]/$validate and [type]/[id]/$validate (FHIR R4 resource-operation-validate.html).

The answer is 200 with an OperationOutcome whatever it says: an invalid resource is a result, not a failed request.
"""

import orjson
from django.http import HttpRequest, HttpResponse

from medbridge.actions.validate_resource import validate_resource
from medbridge.api import query
from medbridge.api.view import FhirView, fhir
from medbridge.fhir.outcome import operation_outcome


class Validate(FhirView):
    """`profile` (repeatable) and `mode` in the URL, or in the body's Parameters."""

    def get(self, request: HttpRequest, type: str, id: str | None = None) -> HttpResponse:
        return self._validate(request, type, id, b"")

    def post(self, request: HttpRequest, type: str, id: str | None = None) -> HttpResponse:
        return self._validate(request, type, id, request.body)

    def _validate(self, request: HttpRequest, type: str, id: str | None, body: bytes) -> HttpResponse:
        pairs = query.pairs(query.text_of(request), keep_blank=False)
        issues = validate_resource(
            actor=self.actor, at=self.at, type=type, id=id, body=body,
            profiles=[value for name, value in pairs if name == "profile"], mode=dict(pairs).get("mode", ""),
        )  # fmt: skip
        return fhir(orjson.dumps(operation_outcome(issues)))
