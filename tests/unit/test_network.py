"""The tests themselves cannot reach the outside world."""

import socket
import urllib.error
import urllib.request

import pytest
from pytest_socket import SocketConnectBlockedError

OUTSIDE = "192.0.2.1"  # RFC 5737: never anyone's


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_an_outside_address_is_blocked() -> None:
    with socket.socket() as client, pytest.raises(SocketConnectBlockedError):
        client.connect((OUTSIDE, 80))


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_http_to_an_outside_address_is_blocked() -> None:
    with pytest.raises(SocketConnectBlockedError):
        urllib.request.urlopen(f"http://{OUTSIDE}/", timeout=5)


def test_an_outside_name_is_not_even_asked_for() -> None:
    with pytest.raises(urllib.error.URLError, match="resolve no names"):
        urllib.request.urlopen("http://example.org/", timeout=5)


def test_this_machine_is_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
