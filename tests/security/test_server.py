"""The web server as production starts it: what becomes of bytes that Django never sees."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.security.test_input import _test_database

pytestmark = pytest.mark.django_db

HEAD = b"Host: 127.0.0.1\r\nAuthorization: Bearer x\r\nConnection: close\r\n"
ASKED = b"GET /fhir/x HTTP/1.1\r\n" + HEAD + b"\r\n"


@pytest.fixture
def port() -> Iterator[int]:
    """Of a web process with the two threads of production."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    command = [sys.executable, "-m", "medbridge.config.web", "--port", str(number), "--threads", "2"]
    environment = {**os.environ, "DATABASE_URL": _test_database(), "BODY_GRACE_SECONDS": "2"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while status(number, ASKED) != 401:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield number
    server.terminate()
    server.wait(30)


def status(port: int, raw: bytes, *, seconds: float = 10) -> int:
    """Of the answer; 0 when none came."""
    try:
        with closing(socket.create_connection(("127.0.0.1", port), seconds)) as connection:
            connection.sendall(raw)
            return int(connection.recv(65536)[9:12] or 0)
    except OSError:
        return 0


@pytest.fixture
def idle() -> Iterator[ExitStack]:
    with ExitStack() as connections:
        yield connections


def hang(idle: ExitStack, port: int, raw: bytes, times: int) -> None:
    for _ in range(times):
        idle.enter_context(closing(socket.create_connection(("127.0.0.1", port), 10))).sendall(raw)


def posted(*lines: bytes, body: bytes = b"{}") -> bytes:
    return b"\r\n".join(
        [b"POST /fhir/Patient HTTP/1.1", HEAD + b"Content-Type: application/fhir+json", *lines, b"", body]
    )


def test_what_is_no_request_is_refused_and_the_server_stays(port: int, idle: ExitStack) -> None:
    refused = {
        "two lengths": posted(b"Content-Length: 2", b"Content-Length: 3"),
        "no length": posted(b"Content-Length: x"),
        "a length and chunks": posted(
            b"Content-Length: 2", b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
        "a longer body": posted(b"Content-Length: 1"),
        "a shorter body": posted(b"Content-Length: 100"),
        "broken chunks": posted(b"Transfer-Encoding: chunked", body=b"zz\r\n{}"),
        "10 MB of X-Request-Id": ASKED.replace(b"Bearer x", b"Bearer x\r\nX-Request-Id: " + b"a" * 10_000_000),
        "5,000 headers": ASKED.replace(b"Bearer x", b"Bearer x" + b"\r\nX-A: b" * 5_000),
        "a header split": ASKED.replace(b"Bearer x", b"Bearer x\r\nX-Request-Id: a\rSet-Cookie: b=c"),
        "NUL": ASKED.replace(b"/fhir/x", b"/fhir/\0"),
        "bytes in the path": ASKED.replace(b"/fhir/x", b"/fhir/\xff"),
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    }  # fmt: skip
    for name, raw in refused.items():
        assert status(port, raw) in (0, *range(400, 500)), name
        assert status(port, ASKED) == 401, name
    hang(idle, port, b"GET /fhir/metadata HTTP/1.1\r\nHost: x\r\nX-A: ", 200)
    assert status(port, ASKED) == 401, "slow headers"
    hang(idle, port, posted(b"Content-Length: 1000", body=b"{"), 20)
    assert status(port, ASKED) == 401, "slow bodies without a token"


FORM = (
    b"POST /desk/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Cookie: csrftoken=" + b"a" * 32 + b"\r\n"
)
SLOW = FORM + b"Content-Length: 1000\r\n\r\na"


def test_slow_bodies_of_a_form_stop_nobody(port: int, idle: ExitStack) -> None:
    hang(idle, port, SLOW, 40)
    time.sleep(0.5)
    assert status(port, ASKED, seconds=3) == 401
    assert status(port, posted(b"Content-Length: 2"), seconds=3) == 401, "nor other bodies"


@pytest.mark.parametrize("rest", [b"Content-Length: 1000\r\n\r\na", b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"])
def test_a_body_that_does_not_come_is_refused_and_its_connection_closed(port: int, rest: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), 10)) as connection:
        connection.sendall(FORM + rest)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"OperationOutcome" in answer


def test_a_body_that_comes_in_pieces_is_answered(port: int) -> None:
    pieces = b"x" * 8192
    with closing(socket.create_connection(("127.0.0.1", port), 10)) as connection:
        connection.sendall(posted(b"Transfer-Encoding: chunked", body=b""))
        for _ in range(6):
            connection.sendall(b"2000\r\n" + pieces + b"\r\n")
            time.sleep(0.5)
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
