"""Every error of the FHIR API as an OperationOutcome, and nothing in it that the reader may not know."""

import logging

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework.exceptions import APIException, NotAuthenticated

from medbridge.fhir.outcome import FhirError, Issue

FHIR_JSON = "application/fhir+json"
_log = logging.getLogger("medbridge.api")


def answer(error: FhirError) -> HttpResponse:
    return HttpResponse(orjson.dumps(error.outcome()), content_type=FHIR_JSON, status=error.status)


def as_fhir(exception: Exception) -> FhirError:
    if isinstance(exception, FhirError):
        return exception
    if isinstance(exception, NotAuthenticated):
        return FhirError(401, [Issue("login", "A bearer token is needed: Authorization: Bearer <token>.")])
    if isinstance(exception, APIException):
        return FhirError(exception.status_code, [Issue("processing", str(exception.detail))])
    if isinstance(exception, Http404):
        return FhirError(404, [Issue("not-found", "There is nothing at this URL.")])
    if isinstance(exception, RequestDataTooBig):
        return FhirError(413, [Issue("too-long", f"The body is larger than {settings.BODY_LIMIT_BYTES} bytes.")])
    if isinstance(exception, SuspiciousOperation | UnreadablePostError):
        return FhirError(400, [Issue("structure", "The request could not be read.")])
    if isinstance(exception, OperationalError | InterfaceError):
        return FhirError(503, [_unavailable(exception)])
    _log.exception("unexpected error", exc_info=exception)
    return FhirError(500, [Issue("exception", "An unexpected error occurred; it was logged. Nothing was stored.")])


def _unavailable(exception: Exception) -> Issue:
    if "statement timeout" in str(exception):
        return Issue("timeout", "The search takes too long. Narrow it, for example by patient or date.")
    _log.error("database: %s", exception)
    return Issue("transient", "The database is not available at the moment. Nothing was stored; repeat the request.")
