"""Django gets from granian's RSGI what PEP 3333 says (medbridge.config.gateway)."""

import io
from types import SimpleNamespace
from typing import Any

import pytest

from medbridge.config import gateway


class Headers:
    """Of granian: a value that is not visible ASCII is among the keys only."""

    def __init__(self, items: list[tuple[str, str | None]]) -> None:
        self._items = items

    def keys(self) -> list[str]:
        return [name for name, _ in self._items]

    def items(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self._items if value is not None]


def environ(*headers: tuple[str, str | None], path: str = "/fhir") -> dict[str, Any]:
    scope = SimpleNamespace(server="[::1]:8000", client="127.0.0.1:5000", path=path, method="GET", scheme="http",
                            query_string="a=b", http_version="1.1")  # fmt: skip
    return gateway.environ(scope, Headers(list(headers)), io.BytesIO(b"x"))


def test_a_request_is_spelt_as_wsgi_spells_it() -> None:
    made = environ(("content-type", "text/plain"), ("x-request-id", "1"), path="/fhir/é")
    said = {"CONTENT_TYPE": "text/plain", "HTTP_X_REQUEST_ID": "1", "PATH_INFO": "/fhir/Ã©", "QUERY_STRING": "a=b",
            "SERVER_NAME": "[::1]", "SERVER_PORT": "8000", "REMOTE_ADDR": "127.0.0.1"}  # fmt: skip
    assert said.items() <= made.items()
    assert made["wsgi.input"].read() == b"x"


def test_headers_said_twice_are_one_list() -> None:
    made = environ(("if-none-match", "a"), ("if-none-match", "b"), ("cookie", "c=1"), ("cookie", "d=2"))
    assert (made["HTTP_IF_NONE_MATCH"], made["HTTP_COOKIE"]) == ("a,b", "c=1;d=2")


def test_a_header_cannot_pass_for_the_one_that_a_proxy_sets() -> None:
    made = environ(("x-forwarded-proto", "http"), ("x_forwarded_proto", "https"))
    assert made["HTTP_X_FORWARDED_PROTO"] == "http"


def test_a_condition_that_cannot_be_read_is_not_left_out() -> None:
    assert environ(("if-match", None))["HTTP_IF_MATCH"] == ""


@pytest.mark.parametrize("status", ["204 No Content", "200 OK"])
def test_the_answer_is_given_whole_and_closed(status: str) -> None:
    given: list[Any] = []
    closed: list[bool] = []

    class Parts(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def application(variables: dict[str, Any], start_response: Any) -> Parts:
        start_response(status, [("a", "b")])
        return Parts([b"1", b"2"])

    gateway.answer(application, {}, SimpleNamespace(response_bytes=lambda *answer: given.append(answer)))
    assert given == [(int(status[:3]), [("a", "b")], b"12")]
    assert closed == [True]
