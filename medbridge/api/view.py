"""The base of all FHIR views: DRF's authentication and exceptions, without the layers FHIR has no use for.

Answers are stored bytes, which no renderer may touch, and FHIR prescribes its own negotiation and errors;
docs/adr/0005 has the measurement.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from medbridge.accounts import tokens
from medbridge.accounts.actor import Actor
from medbridge.accounts.tokens import Presumed
from medbridge.api.authentication import BearerToken, secret_of
from medbridge.api.errors import FHIR_JSON, answer, as_fhir
from medbridge.api.negotiation import JSON, PATCH, UNTOLD, check_answer, check_body, decode_body
from medbridge.api.request_id import request_id
from medbridge.fhir.outcome import FhirError, Issue

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# The next reader of a shared machine, and the next version of a consent, must not meet a stored answer.
NO_STORE = "no-store"


class FhirView(APIView):
    """Subclasses write get(), post() ... as usual; `self.actor` is who asks, `self.at` when.

    `takes`: media types of a body, `gives`: of an answer; None leaves it to the format's own reader.
    `cache`: the answers' Cache-Control.
    """

    anonymous = False
    takes: Collection[str] | None = JSON | UNTOLD
    gives: Collection[str] | None = JSON
    cache = NO_STORE
    actor: Actor
    at: datetime

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.args, self.kwargs, self.headers = args, kwargs, {}
        self.at = _whole_milliseconds(timezone.now())
        name = request_id(request.META)
        try:
            response = self._at_once(request, name) or self._in_turn(request, name)
        except Exception as exception:
            response = answer(as_fhir(exception))
            if response.status_code == 401:
                response["WWW-Authenticate"] = 'Bearer realm="medbridge"'
            if response.status_code == 405:
                response["Allow"] = ", ".join(supported_methods(type(self)))
        response["X-Request-Id"] = name
        response["Cache-Control"] = self.cache
        return response

    def get_presumed(self, request: HttpRequest, presumed: Presumed, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """The answer to a GET by one statement that checks the token as well; None when it cannot be given so.

        Nothing may come of it then, whatever the reason: all is done again in turn, and says what is wrong.
        """
        return None

    def _at_once(self, request: HttpRequest, name: str) -> HttpResponse | None:
        secret = secret_of(request.META) if request.method == "GET" and not self.anonymous else None
        address = request.META.get("REMOTE_ADDR", "")
        presumed = tokens.presumed(secret, at=self.at, request=name, address=address) if secret else None
        if presumed is None or not _takes_answer(request, self.gives):
            return None
        return self.get_presumed(request, presumed, *self.args, **self.kwargs)

    def _in_turn(self, request: HttpRequest, name: str) -> HttpResponse:
        self.actor = self._authenticate(request, name)
        return self._handler(request)(request, *self.args, **self.kwargs)

    def _handler(self, request: HttpRequest) -> Callable[..., HttpResponse]:
        """The view's own method, and no other attribute that a client could name as its HTTP method."""
        method = request.method or ""
        found: Callable[..., HttpResponse] | None = getattr(self, method.lower(), None) if method in METHODS else None
        if found is None:
            raise FhirError(405, [Issue("not-supported", f"{method[:40]} is not supported here.")])
        if method in ("POST", "PUT", "PATCH"):
            check_body(request, PATCH if method == "PATCH" else self.takes)
            decode_body(request)
        check_answer(request, self.gives)
        return found

    def _authenticate(self, request: HttpRequest, name: str) -> Actor:
        found = BearerToken().authenticate(Request(request)) if not self.anonymous else None
        if found is None and not self.anonymous:
            raise NotAuthenticated
        return replace(found[0], request=name, address=request.META.get("REMOTE_ADDR", "")) if found else _NOBODY


def supported_methods(view: type[FhirView]) -> list[str]:
    """For Allow: HEAD wherever GET is, OPTIONS wherever anything is."""
    own = [method for method in METHODS if hasattr(view, "get" if method == "HEAD" else method.lower())]
    return [*own, "OPTIONS"] if own else []


def fhir(body: bytes, *, status: int = 200) -> HttpResponse:
    return HttpResponse(body, content_type=FHIR_JSON, status=status)


def _takes_answer(request: HttpRequest, gives: Collection[str] | None) -> bool:
    try:
        check_answer(request, gives)
    except FhirError:
        return False
    return True


def _whole_milliseconds(at: datetime) -> datetime:
    """meta.lastUpdated has milliseconds; what is stored beside it must say the same."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


_NOBODY: Any = None
