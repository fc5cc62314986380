"""From granian's RSGI to WSGI (PEP 3333), where the whole body is there before the application is called.

RSGI because granian's WSGI reads a body in one of the few threads that answer everything, for as long as the client
takes. Django stays as it is. An answer goes out whole: who reads it slowly holds no thread either.
"""

import io
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., None]], Iterable[bytes]]

_CONSTANT = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.errors": sys.stderr,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}
_VERSIONS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1"}
_UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def environ(scope: Any, headers: Any, body: io.BytesIO) -> dict[str, Any]:
    """Of an RSGI scope and its headers. One whose value is not visible ASCII is there, and empty."""
    host, _, port = scope.server.rpartition(":")
    path = scope.path
    made = {
        **_CONSTANT,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": path if path.isascii() else path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": _VERSIONS.get(scope.http_version, "HTTP/1.1"),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
    }
    names = dict.fromkeys(headers.keys(), "")
    for name, value in headers.items():
        before = names[name]
        names[name] = f"{before}{';' if name == 'cookie' else ','}{value}" if before else value
    for name, value in names.items():
        # X_Forwarded_Proto would become the variable of X-Forwarded-Proto, which a proxy sets and a client must not.
        if "_" not in name:
            made[_variable(name)] = value
    return made


@lru_cache(maxsize=256)
def _variable(name: str) -> str:
    return _UNPREFIXED.get(name) or "HTTP_" + name.upper().replace("-", "_")


def answer(application: Wsgi, variables: dict[str, Any], proto: Any) -> None:
    """Calls the application and gives its answer to granian."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        begun[:] = [(status, headers)]

    parts = application(variables, start_response)
    try:
        body = b"".join(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    [(status, headers)] = begun
    proto.response_bytes(int(status[:3]), headers, body)
