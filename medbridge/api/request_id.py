"""The id that ties a request to its access records; the client's X-Request-Id when it is a sane one.

FHIR R4 http.html#custom: where the server's id is another one than the client's, the client's comes back as
X-Correlation-Id. An X-Correlation-Id that a proxy or client set comes back as it is.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

_SANE = re.compile(r"[A-Za-z0-9._\-]{1,64}")
_PRINTABLE = re.compile(r"[!-~]{1,128}")


def request_id(meta: Mapping[str, Any]) -> str:
    sent = str(meta.get("HTTP_X_REQUEST_ID", ""))
    return sent if _SANE.fullmatch(sent) else secrets.token_hex(8)


def correlation_id(meta: Mapping[str, Any], answered: str) -> str | None:
    """answered: the request id of the answer. None when there is nothing to correlate, or nothing safe to repeat."""
    sent = meta.get("HTTP_X_CORRELATION_ID") or meta.get("HTTP_X_REQUEST_ID")
    if not sent or sent == answered or not _PRINTABLE.fullmatch(sent):
        return None
    return str(sent)
