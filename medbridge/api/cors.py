"""Cross-origin requests of browsers (Fetch standard, "CORS protocol"): which pages' scripts may use the API.

Tokens are sent by scripts, never by the browser on its own, so `Access-Control-Allow-Credentials` is never sent and `*`
opens the API to no one who does not hold a token already.
"""

from collections.abc import Collection, Iterable

ANY = "*"
# Named one by one: a wildcard here would not cover Authorization.
REQUEST_HEADERS = (
    "Accept, Authorization, Content-Encoding, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match,"
    " Prefer, X-Correlation-Id, X-Request-Id"
)
# What FHIR says in headers; without this a script could read none of it.
EXPOSED = "Content-Location, ETag, Last-Modified, Location, X-Correlation-Id, X-Request-Id"
PREFLIGHT_SECONDS = 7200  # the longest that Chromium keeps one
_PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


def _allowed(origin: str | None, origins: Collection[str]) -> str | None:
    """The value of Access-Control-Allow-Origin; None refuses, by saying nothing. `null` is any sandboxed page."""
    if ANY in origins:
        return ANY
    return origin if origin in origins and origin != "null" else None


def answer(origin: str | None, origins: Collection[str]) -> dict[str, str]:
    """Headers of an answer to a request with or without an Origin.

    `Vary` stands there even without one: a cache must not give the answer for one origin to another.
    """
    found = _allowed(origin, origins)
    headers = {} if ANY in origins else {"Vary": "Origin"}
    if origin is None or found is None:
        return headers
    return {**headers, "Access-Control-Allow-Origin": found, "Access-Control-Expose-Headers": EXPOSED}


def preflight(origin: str, origins: Collection[str], methods: Iterable[str]) -> dict[str, str]:
    """Headers of the answer to OPTIONS with Access-Control-Request-Method. methods: what the URL supports."""
    headers = {"Vary": _PREFLIGHT_VARY}
    found = _allowed(origin, origins)
    if found is None:
        return headers
    return {
        **headers,
        "Access-Control-Allow-Origin": found,
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
