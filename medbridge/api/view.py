"""The base of all FHIR views: DRF's authentication and error handling, without the layers FHIR has no use for.

Negotiation, parsers, renderers, permissions and throttles of DRF would cost more than the database on a read, and
answers are stored bytes; docs/adr/0005 has the measurement.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from medbridge.accounts.actor import Actor
from medbridge.api.authentication import BearerToken
from medbridge.api.errors import FHIR_JSON, answer, as_fhir
from medbridge.fhir.outcome import FhirError, Issue


class FhirView(APIView):
    """Subclasses write get(), post() ... as usual; `self.actor` is who asks, `self.at` when."""

    anonymous = False
    actor: Actor
    at: datetime

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.args, self.kwargs, self.headers = args, kwargs, {}
        self.at = _whole_milliseconds(timezone.now())
        try:
            self.actor = self._authenticate(request)
            handler = getattr(self, (request.method or "").lower(), None)
            if handler is None:
                raise FhirError(405, [Issue("not-supported", f"{request.method} is not supported here.")])
            response: HttpResponse = handler(request, *args, **kwargs)
        except Exception as exception:
            response = answer(as_fhir(exception))
            if response.status_code == 401:
                response["WWW-Authenticate"] = 'Bearer realm="medbridge"'
        response["X-Request-Id"] = getattr(getattr(self, "actor", None), "request", "")
        return response

    def _authenticate(self, request: HttpRequest) -> Actor:
        found = BearerToken().authenticate(Request(request)) if not self.anonymous else None
        if found is None and not self.anonymous:
            raise NotAuthenticated
        return found[0] if found else _NOBODY


def fhir(body: bytes, *, status: int = 200) -> HttpResponse:
    return HttpResponse(body, content_type=FHIR_JSON, status=status)


def _whole_milliseconds(at: datetime) -> datetime:
    """meta.lastUpdated has milliseconds; what is stored beside it must say the same."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


_NOBODY: Any = None
