"""What a body may be and what an answer may be (FHIR R4 http.html#mime-type): 415 and 406 before anything is read."""

from collections.abc import Collection, Iterator
from urllib.parse import parse_qs

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from medbridge.api import coding
from medbridge.fhir.outcome import FhirError, Issue

JSON = frozenset({"application/fhir+json", "application/json", "application/json+fhir", "text/json"})
# A JSON Patch, or a Parameters resource with a FHIRPath Patch; they are told apart by their form.
PATCH = JSON | {"application/json-patch+json"}
# What curl and urllib call a body when they are told nothing; it says nothing about the body.
UNTOLD = frozenset({"", "application/x-www-form-urlencoded", "application/octet-stream"})
FORM = frozenset({"", "application/x-www-form-urlencoded"})
_ANY = frozenset({"*/*", "application/*"})
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})
_IDENTITY = frozenset({"", "identity"})
_VERSIONS = frozenset({"4.0", "4.0.1"})


def check_body(request: HttpRequest, takes: Collection[str] | None) -> None:
    """Raises FhirError 415, or 400 for a length that is none.

    takes: media types; None leaves the judgement to the format's own reader.
    """
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdigit()) or len(length) > _LENGTH_DIGITS:
        raise FhirError(400, [Issue("structure", f"Content-Length is no number of bytes: “{length[:40]}”.")])
    encoding = _coding(request)
    if encoding not in _IDENTITY and encoding not in coding.CODINGS:
        raise _refused(415, f"The Content-Encoding “{encoding[:40]}” is not supported; gzip is.")
    if takes is None:
        return
    sent, parameters = _media(request.META.get("CONTENT_TYPE", ""))
    if sent not in takes:
        raise _refused(
            415, f"A body of the type “{sent[:80]}” is not taken here; {' or '.join(sorted(takes))[:200]} is."
        )
    if parameters:
        _check_parameters(parameters)


def decode_body(request: HttpRequest) -> None:
    """Takes a content coding off, so that `request.body` is what was meant. Raises FhirError 413 or 400."""
    if _coding(request) in _IDENTITY:
        return
    limit = settings.BODY_LIMIT_BYTES
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise RequestDataTooBig
    # Where Django itself keeps what it has read: no other way leads past its own, unbounded reading.
    request._body = coding.decompress(request.read, limit=limit)


def check_answer(request: HttpRequest, gives: Collection[str] | None) -> None:
    """Raises FhirError 406 when neither _format nor, without it, Accept names a type that is given here."""
    meta = request.META
    if "HTTP_ACCEPT_CHARSET" in meta and not _takes_utf_8(meta["HTTP_ACCEPT_CHARSET"]):
        raise _refused(406, "Answers are UTF-8, as FHIR has it: leave Accept-Charset out.")
    if gives is None:
        return
    wanted = _wanted(meta.get("QUERY_STRING", ""), meta.get("HTTP_ACCEPT", ""))
    if wanted and not wanted & (_ANY | set(gives)):
        raise _refused(406, "Only JSON of FHIR R4 is given here: Accept: application/fhir+json.")


def _wanted(query: str, accept: str) -> set[str]:
    if "_format=" in query and (asked := parse_qs(query[:_QUERY_READ]).get("_format")):
        media = _media(asked[-1])[0].replace(" ", "+")  # an unescaped + in a URL means a space
        return set(JSON) if media == "json" else {media}
    if not accept or accept == "*/*":
        return set()
    # What is refused (q=0) or of another FHIR version is wanted by nobody; the empty name matches nothing.
    return {"" if _excluded(parameters) else media for media, parameters in map(_media, accept.split(",")) if media}


def _excluded(parameters: str) -> bool:
    pairs = dict(_pairs(parameters))
    return pairs.get("q", "1").strip("0.") == "" or pairs.get("fhirversion", "4.0") not in _VERSIONS


def _check_parameters(parameters: str) -> None:
    pairs = dict(_pairs(parameters))
    if pairs.get("charset", "utf-8") not in _UTF_8:
        raise _refused(415, f"A body in {pairs['charset'][:40]} is not taken here: FHIR's JSON is UTF-8.")
    if pairs.get("fhirversion", "4.0") not in _VERSIONS:
        raise _refused(415, f"A body of FHIR version {pairs['fhirversion'][:40]} is not taken here: this is R4, 4.0.")


def _takes_utf_8(accepted: str) -> bool:
    listed = [_media(part) for part in accepted.split(",")]
    return any(name in ("utf-8", "*", "") and not _excluded(parameters) for name, parameters in listed)


_LENGTH_DIGITS = 18  # an exabyte: what follows compares it with the limit
_QUERY_READ = 8000  # a longer query is a search that is refused for its length


def _coding(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_CONTENT_ENCODING", "")).strip().lower()


def _media(text: str) -> tuple[str, str]:
    """A media type and the text of its parameters, in lower case."""
    media, _, parameters = text.partition(";")
    return media.strip().lower(), parameters.lower()


def _pairs(parameters: str) -> Iterator[tuple[str, str]]:
    for part in parameters.split(";"):
        name, _, value = part.partition("=")
        yield name.strip(), value.strip().strip('"')


def _refused(status: int, text: str) -> FhirError:
    return FhirError(status, [Issue("not-supported", text)])
