"""Query strings and forms as decoded pairs."""

import re
from urllib.parse import parse_qsl

from django.http import HttpRequest

from medbridge.fhir.outcome import FhirError, Issue

# Python's own guard against a form of a million fields; a FHIR search has a dozen.
MOST_PARAMETERS = 200
# Of a form: ten times what a URL may be. A list of a thousand ids with 64 characters each is 65 kB.
MOST_CHARACTERS = 163_840
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


def text_of(request: HttpRequest) -> str:
    """The query string; WSGI hands its bytes over as Latin-1 (PEP 3333), and some clients send 李 unescaped.

    Raises FhirError 400 when they are not UTF-8.
    """
    return decoded(str(request.META.get("QUERY_STRING", "")).encode("latin-1", "replace"))


def decoded(raw: bytes) -> str:
    """Raises FhirError 400 for what is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _refused(400, "structure", "The parameters are not UTF-8.") from None


def pairs(text: str, *, keep_blank: bool = True) -> list[tuple[str, str]]:
    """Raises FhirError 400 for too many fields and for wrong percent-encoding, 413 for too long a text."""
    if len(text) > MOST_CHARACTERS:
        raise _refused(413, "too-long", f"The parameters are longer than {MOST_CHARACTERS} characters.")
    if broken := _BROKEN.search(text):
        at = text[broken.start() : broken.start() + 10]
        raise _refused(400, "structure", f"“{at}” is not percent-encoded; a percent sign itself is written %25.")
    try:
        return parse_qsl(text, keep_blank_values=keep_blank, max_num_fields=MOST_PARAMETERS, errors="strict")
    except UnicodeDecodeError:
        raise _refused(400, "structure", "The parameters are not percent-encoded UTF-8.") from None
    except ValueError:
        raise _refused(
            400, "too-costly", f"There are more than {MOST_PARAMETERS} parameters. Leave some out."
        ) from None


def _refused(status: int, code: str, text: str) -> FhirError:
    return FhirError(status, [Issue(code, text)])
