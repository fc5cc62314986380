"""Takes API requests past the middleware that only the desks need: sessions, languages, CSRF, messages.

A read spends a quarter of its time in them otherwise. Bearer tokens are not sent by browsers on their own, so the API
needs no CSRF check; FhirView answers its own errors. What every answer of the API has in common is finished here.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

from medbridge.api import coding, cors, request_id
from medbridge.api.errors import answer, as_fhir
from medbridge.api.pretty import asks_for_pretty, indented
from medbridge.api.view import NO_STORE, supported_methods
from medbridge.fhir.outcome import FhirError, Issue

_URLS = "medbridge.api.urls"  # alone: the way through the project's own list is half of a look-up
PREFIXES = ("/fhir", "/hl7v2", "/ccda")
# Their answers have no body, and no Content-Length either (RFC 9110 section 8.6).
_BODILESS = frozenset({204, 304})

Handler = Callable[[HttpRequest], HttpResponse]


class Express:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIXES):
            return self.get_response(request)
        try:
            check_url(request)
            match = resolve(request.path_info, _URLS)
        except (FhirError, Http404) as error:
            return finished(request, _problem(request, error))
        if request.method == "OPTIONS":
            return finished(request, _options(request, match))
        return finished(request, match.func(request, *match.args, **match.kwargs))


def check_url(request: HttpRequest) -> None:
    """Raises FhirError 414 for one that is too long, 400 for one that is not percent-encoded UTF-8.

    Django spells bytes that are not UTF-8 as %XX again; no address of the API has a percent sign of its own.
    """
    path, text = request.path_info, request.META.get("QUERY_STRING", "")
    limit = settings.URL_LIMIT_BYTES
    if len(path) + len(text) > limit:
        raise FhirError(
            414, [Issue("too-long", f"The URL is longer than {limit} bytes. Search by POST [type]/_search instead.")]
        )
    if "%" in path:
        raise FhirError(400, [Issue("structure", "The URL's path is not percent-encoded UTF-8.")])


def finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What depends on the request alone: ids, layout, content coding, what a browser's script may read."""
    meta = request.META
    if correlation := request_id.correlation_id(meta, response["X-Request-Id"]):
        response["X-Correlation-Id"] = correlation
    if asks_for_pretty(meta.get("QUERY_STRING", "")):
        indented(response)
    if settings.CORS_ORIGINS:
        for name, value in cors.answer(meta.get("HTTP_ORIGIN"), settings.CORS_ORIGINS).items():
            response.headers.setdefault(name, value)
    size = len(response.content)
    if size >= settings.COMPRESS_MIN_BYTES > 0:
        _vary(response, "Accept-Encoding")
        if coding.accepts_gzip(meta.get("HTTP_ACCEPT_ENCODING", "")):
            response.content = coding.compress(response.content)
            response["Content-Encoding"], size = "gzip", len(response.content)
    if response.status_code not in _BODILESS:
        response["Content-Length"] = str(size)
    return response


def _vary(response: HttpResponse, name: str) -> None:
    response["Vary"] = f"{response['Vary']}, {name}" if response.has_header("Vary") else name


def _options(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    """What may be done with a URL, for anyone: a browser's preflight carries no token."""
    methods = supported_methods(match.func.view_class)  # type: ignore[attr-defined]
    if not methods:
        return _problem(request, Http404())
    response = _named(request, HttpResponse(status=204, headers={"Allow": ", ".join(methods)}))
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
        for name, value in cors.preflight(origin, settings.CORS_ORIGINS, methods).items():
            response[name] = value
    return response


def _problem(request: HttpRequest, error: Exception) -> HttpResponse:
    return _named(request, answer(as_fhir(error)))


def _named(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    response["X-Request-Id"] = request_id.request_id(request.META)
    response["Cache-Control"] = NO_STORE
    return response
