"""Conditional read (FHIR R4 http.html#cread, RFC 9110 section 13)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.http import parse_http_date_safe


def unmodified(meta: Mapping[str, Any], *, etag: str, at: datetime | None) -> bool:
    """Whether the reader has this version already: 304.

    meta: a WSGI environment; etag: of the version that would be sent; at: its time. If-None-Match decides alone where
    it is there. If-Modified-Since has whole seconds: two versions of one second look the same to it, not to the ETag.
    """
    if (known := meta.get("HTTP_IF_NONE_MATCH")) is not None:
        return known.strip() == "*" or _weak(etag) in map(_weak, known.split(","))
    if (sent := meta.get("HTTP_IF_MODIFIED_SINCE")) is None:
        return False
    since = parse_http_date_safe(sent)
    return since is not None and at is not None and int(at.timestamp()) <= since


def _weak(etag: str) -> str:
    return etag.strip().removeprefix("W/")
