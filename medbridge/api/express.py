"""Takes API requests past the middleware that only the desks need: sessions, languages, CSRF, messages.

A read spends a quarter of its time in them otherwise. Bearer tokens are not sent by browsers on their own, so the API
needs no CSRF check; FhirView answers its own errors.
"""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from medbridge.api.errors import answer, as_fhir

PREFIXES = ("/fhir", "/hl7v2", "/ccda")

Handler = Callable[[HttpRequest], HttpResponse]


class Express:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIXES):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
        except Http404 as nowhere:
            return answer(as_fhir(nowhere))
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        response["Content-Length"] = str(len(response.content))
        return response
