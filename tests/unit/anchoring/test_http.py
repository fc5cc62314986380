"""A node may be slow, endless, hostile: a question ends in time and memory."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from anchoring.chains.http import check_url, exchange
from anchoring.chains.interface import ChainError, Unreachable
from anchoring.chains.rpc import Node

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
Reply = Callable[[socket.socket], None]


@pytest.fixture
def server() -> Iterator[Callable[[Reply], str]]:
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def start(reply: Reply) -> str:
        def serve() -> None:
            taken, _ = listener.accept()
            with taken:
                taken.recv(65536)
                try:
                    reply(taken)
                except OSError:
                    return  # they hung up, as they should

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for thread in threads:
        thread.join(20)
    listener.close()


def test_an_answer_that_drips_ends_at_the_deadline(server: Callable[[Reply], str]) -> None:
    def drip(taken: socket.socket) -> None:
        taken.sendall(HEAD % 1000)
        for _ in range(100):
            taken.sendall(b"x")
            time.sleep(0.1)

    begun = time.monotonic()
    with pytest.raises(Unreachable):
        exchange(server(drip), timeout=0.5)
    assert time.monotonic() - begun < 5


def test_headers_that_drip_end_at_the_deadline(server: Callable[[Reply], str]) -> None:
    def drip(taken: socket.socket) -> None:
        taken.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            taken.sendall(b"X-%d: x\r\n" % number)
            time.sleep(0.1)

    begun = time.monotonic()
    with pytest.raises(Unreachable):
        exchange(server(drip), timeout=0.5)
    assert time.monotonic() - begun < 5


def test_an_endless_answer_ends_at_the_limit(server: Callable[[Reply], str]) -> None:
    def endless(taken: socket.socket) -> None:
        taken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            taken.sendall(bytes(65536))

    with pytest.raises(Unreachable, match="more than 1000000 bytes"):
        exchange(server(endless), limit=1_000_000)


def test_a_broken_off_answer_is_none(server: Callable[[Reply], str]) -> None:
    with pytest.raises(Unreachable):
        exchange(server(lambda taken: taken.sendall(HEAD % 100 + b"short")))


def test_a_redirect_is_not_followed(server: Callable[[Reply], str]) -> None:
    away = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    assert exchange(server(lambda taken: taken.sendall(away))) == (302, b"")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"[" * 100_000, b'{"id":1}', b'{"result":NaN', b"\xff\xfe"])
def test_what_is_no_answer_to_a_question_is_an_error(server: Callable[[Reply], str], body: bytes) -> None:
    with pytest.raises(ChainError):
        Node(server(lambda taken: taken.sendall(HEAD % len(body) + body)))("getblockcount")


def test_nobody_there_is_told_without_the_password() -> None:
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:1 does not answer") as raised:
        Node("http://user:hidden@127.0.0.1:1")("getblockcount")
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host", "host:8332", "http://", "http://host:port", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        check_url(url)
