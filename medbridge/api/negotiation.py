"""What a body may be and what an answer may be (FHIR R4 http.html#mime-type): 415 and 406 before anything is read."""

from collections.abc import Collection
from urllib.parse import parse_qs

from django.http import HttpRequest

from medbridge.fhir.outcome import FhirError, Issue

JSON = frozenset({"application/fhir+json", "application/json", "application/json+fhir", "text/json"})
# What curl and urllib call a body when they are told nothing; it says nothing about the body.
UNTOLD = frozenset({"", "application/x-www-form-urlencoded", "application/octet-stream"})
FORM = frozenset({"", "application/x-www-form-urlencoded"})
_ANY = frozenset({"*/*", "application/*"})


def check_body(request: HttpRequest, takes: Collection[str] | None) -> None:
    """Raises FhirError 415. takes: media types; None leaves the judgement to the format's own reader.

    A compressed body is refused: its size would be known only after it has filled the memory.
    """
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in ("", "identity"):
        raise _refused(415, "Content-Encoding is not supported; send the body as it is.")
    sent = _media(request.META.get("CONTENT_TYPE", ""))
    if takes is not None and sent not in takes:
        raise _refused(
            415, f"A body of the type “{sent[:80]}” is not taken here; {' or '.join(sorted(takes))[:200]} is."
        )


def check_answer(request: HttpRequest, gives: Collection[str] | None) -> None:
    """Raises FhirError 406 when neither _format nor, without it, Accept names a type that is given here."""
    if gives is None:
        return
    query = request.META.get("QUERY_STRING", "")
    if "_format=" in query and (asked := parse_qs(query[:_QUERY_READ]).get("_format")):
        wanted = {_media(asked[-1]).replace(" ", "+")}  # an unescaped + in a URL means a space
        wanted = set(JSON) if wanted == {"json"} else wanted
    else:
        wanted = {_media(part) for part in request.META.get("HTTP_ACCEPT", "").split(",")} - {""}
    if wanted and not wanted & (_ANY | set(gives)):
        raise _refused(406, "Only JSON is given here: Accept: application/fhir+json.")


_QUERY_READ = 8000  # a longer query is a search that is refused for its length


def _media(text: str) -> str:
    return text.partition(";")[0].strip().lower()


def _refused(status: int, text: str) -> FhirError:
    return FhirError(status, [Issue("not-supported", text)])
