"""One HTTP request to a node or calendar that may be slow, endless or hostile: bounded in time and size.

No redirects, no proxies from the environment, no scheme but http and https: the operator's setting is where it goes.
"""

import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Event, Timer
from urllib.parse import SplitResult, unquote, urlsplit

from anchoring.chains.interface import Unreachable

TIMEOUT_SECONDS = 30.0  # of the whole exchange, so that an answer that drips cannot hold a worker
MAX_ANSWER_BYTES = 32 << 20  # a full Ethereum block with its transactions, or a Bitcoin block as JSON, and some
_CONNECTIONS: dict[str, type[HTTPConnection]] = {"http": HTTPConnection, "https": HTTPSConnection}


def check_url(url: str) -> None:
    """Raises ValueError with a sentence that does not repeat the password."""
    parts = urlsplit(url)
    if parts.scheme not in _CONNECTIONS or not parts.hostname:
        raise ValueError("an address looks like https://host:port/path, with http or https")
    _ = parts.port  # raises ValueError when it is no port


def exchange(
    url: str,
    body: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
    limit: int = MAX_ANSWER_BYTES,
) -> tuple[int, bytes]:
    """(status, answer) of a GET, or of a POST when there is a `body`. User and password in the URL become Basic
    authentication. Raises Unreachable when nothing whole comes back within `timeout` seconds and `limit` bytes."""
    parts = urlsplit(url)
    connection = _CONNECTIONS[parts.scheme](parts.hostname or "", parts.port, timeout=timeout)
    late = Event()
    deadline = Timer(timeout, _hang_up, (connection, late))
    deadline.daemon = True
    deadline.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET" if body is None else "POST", path, body, {**_authorization(parts), **(headers or {})})
        answer = _read(connection.getresponse(), limit, place(url))
        if late.is_set():  # http.client takes headers that break off for whole
            raise Unreachable(f"{place(url)} took longer than {timeout:g} seconds")
        return answer
    except (OSError, HTTPException, ssl.SSLError) as error:
        raise Unreachable(f"{place(url)} does not answer: {type(error).__name__} {error}".rstrip()) from error
    finally:
        deadline.cancel()
        connection.close()


def place(url: str) -> str:
    """The address without user and password, for messages."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _authorization(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": "Basic " + b64encode(user.encode()).decode()}


def _read(response: HTTPResponse, limit: int, where: str) -> tuple[int, bytes]:
    answer = response.read(limit + 1)
    if len(answer) > limit:
        raise Unreachable(f"{where} answers with more than {limit} bytes")
    if response.length:  # fewer bytes than announced
        raise Unreachable(f"{where} broke off its answer after {len(answer)} bytes")
    return response.status, answer


def _hang_up(connection: HTTPConnection, late: Event) -> None:
    late.set()
    if connection.sock is not None:
        with suppress(OSError):  # it was closed meanwhile
            connection.sock.shutdown(socket.SHUT_RDWR)
