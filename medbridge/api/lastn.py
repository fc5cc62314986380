"""Observation/$lastn (FHIR R4 observation-operation-lastn.html)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from medbridge.actions.last_observations import last_observations
from medbridge.actions.steps import answers
from medbridge.api import parameters
from medbridge.api.preferences import is_strict
from medbridge.api.view import FhirView, fhir
from medbridge.fhir.outcome import bad_request

MOST = 1000


class LastN(FhirView):
    """`max` of each code, one without it; everything else is a search parameter of Observation."""

    def get(self, request: HttpRequest) -> HttpResponse:
        pairs = parameters.sent(request)
        asked = dict(pairs).get("max", "1")
        if not (asked.isascii() and asked.isdigit() and 0 < len(asked) < 5 and 0 < int(asked) <= MOST):
            raise bad_request(f"max is a whole number from 1 to {MOST}, not “{asked[:40]}”.", code="value")
        searched = [pair for pair in pairs if pair[0] != "max"]
        page = last_observations(
            actor=self.actor, at=self.at, pairs=searched, most=int(asked), strict=is_strict(request.META)
        )
        return fhir(answers.searchset(page, base=f"{settings.PUBLIC_URL}/fhir"))

    post = get
