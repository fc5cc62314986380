"""Query strings and forms as decoded pairs."""

from urllib.parse import parse_qsl

from django.http import HttpRequest

from medbridge.fhir.outcome import FhirError, Issue

# Python's own guard against a form of a million fields; a FHIR search has a dozen.
MOST_PARAMETERS = 200


def text_of(request: HttpRequest) -> str:
    """The query string; WSGI hands its bytes over as Latin-1 (PEP 3333), and some clients send 李 unescaped."""
    return str(request.META.get("QUERY_STRING", "")).encode("latin-1", "replace").decode("utf-8", "replace")


def pairs(text: str, *, keep_blank: bool = True) -> list[tuple[str, str]]:
    """Raises FhirError 400 for too many fields."""
    try:
        return parse_qsl(text, keep_blank_values=keep_blank, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise FhirError(
            400, [Issue("too-costly", f"There are more than {MOST_PARAMETERS} parameters. Leave some out.")]
        ) from None
