"""The MLLP server over real sockets; what it hands messages to is a function of the test."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from medbridge.mllp.framing import framed
from medbridge.mllp.limits import Limits
from medbridge.mllp.listeners import listener
from medbridge.mllp.replies import Handler, Received, Reply
from medbridge.mllp.server import Server
from medbridge.normalize.hl7v2 import acknowledge, parse
from tools.mllp_send import send

WAIT = 5


def message(key: str) -> bytes:
    return rf"MSH|^~\&|APP|NORTH|MB|MB|20260312||ADT^A01|{key}|P|2.5.1".encode()


def accept(sender: str, frame: bytes) -> bytes:
    return acknowledge(frame, "AA", text=sender)


def each(answer: Callable[[str, bytes], bytes]) -> Handler:
    """Handles a batch one by one, answering at once."""
    return lambda batch, hurried: [Reply(answer(*received)) for received in batch]


ACCEPT = each(accept)


def waiting(answer: Callable[[str, bytes], bytes]) -> Handler:
    """Every sender waits for the outcome."""

    def reply(received: Received) -> Reply:
        return Reply(later=lambda: answer(*received))

    return lambda batch, hurried: [reply(received) for received in batch]


class Running:
    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
        self.server, self._loop, self._thread = server, loop, thread

    def address(self, number: int = 0) -> str:
        host, port = self.server.addresses[number]
        return f"{host}:{port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(self.server.addresses[0], timeout=WAIT)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self.server.stop)
        self._thread.join(WAIT)
        assert not self._thread.is_alive()


@contextmanager
def serving(
    handle: Handler = ACCEPT,
    *entries: str,
    idle_seconds: float = WAIT,
    connections: int = 10,
    pipelined: int = 64,
) -> Iterator[Running]:
    started = threading.Event()
    listeners = [listener(entry) for entry in entries or ("0=north",)]
    limits = Limits(1000, idle_seconds, connections=connections, pipelined=pipelined, workers=4)
    server = Server(listeners, handle, limits=limits)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.run(started.set)))
    thread.start()
    assert started.wait(WAIT)
    running = Running(server, loop, thread)
    try:
        yield running
    finally:
        running.stop()
        loop.close()


def answers(connection: socket.socket, count: int) -> list[bytes]:
    """The control id or the code and text of `count` answers, as they come."""
    received = b""
    while received.count(b"\x1c\r") < count:
        data = connection.recv(4096)
        assert data, f"closed after {received!r}"
        received += data
    return [answer.lstrip(b"\x0b") for answer in received.split(b"\x1c\r")[:count]]


def msa(answer: bytes) -> tuple[str, str, str]:
    segment = parse(answer).first("MSA")
    assert segment is not None
    return segment.value(1), segment.value(2), segment.value(3)


def test_a_message_is_answered() -> None:
    with serving() as running:
        assert [msa(answer) for answer in send(running.address(), [message("1"), message("2")])] == [
            ("AA", "1", "listener:north"),
            ("AA", "2", "listener:north"),
        ]


def test_the_listener_says_whose_message_it_is_not_the_message() -> None:
    with serving(each(accept), "0=north", "0=renji") as running:
        assert [msa(send(running.address(n), [message("1")])[0])[2] for n in (0, 1)] == [
            "listener:north",
            "listener:renji",
        ]


def test_pipelined_messages_are_answered_in_order() -> None:
    def slow_first(hospital: str, frame: bytes) -> bytes:
        time.sleep(0.2 if b"|0|" in frame else 0)
        return accept(hospital, frame)

    with serving(waiting(slow_first)) as running, running.connect() as connection:
        connection.sendall(b"".join(framed(message(str(n))) for n in range(20)))
        assert [msa(answer)[1] for answer in answers(connection, 20)] == [str(n) for n in range(20)]


def test_one_slow_connection_does_not_hold_up_another() -> None:
    release = threading.Event()

    def blocked(hospital: str, frame: bytes) -> bytes:
        if b"|slow|" in frame:
            release.wait(WAIT)
        return accept(hospital, frame)

    with serving(waiting(blocked)) as running, running.connect() as slow:
        slow.sendall(framed(message("slow")))
        assert msa(send(running.address(), [message("quick")])[0])[0] == "AA"
        release.set()
        assert msa(answers(slow, 1)[0])[1] == "slow"


def test_many_connections_at_once() -> None:
    found: list[tuple[str, str, str]] = []
    with serving(connections=50) as running:

        def one(number: int) -> None:
            found.extend(
                msa(answer) for answer in send(running.address(), [message(f"{number}-{n}") for n in range(5)])
            )

        threads = [threading.Thread(target=one, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
    assert {one[1] for one in found} == {f"{number}-{n}" for number in range(30) for n in range(5)}


def test_a_message_without_its_end_is_rejected_and_the_next_one_taken() -> None:
    with serving() as running, running.connect() as connection:
        connection.sendall(b"\x0b" + message("lost") + framed(message("whole")))
        lost, whole = (msa(answer) for answer in answers(connection, 2))
    assert lost == ("AR", "lost", "the frame has no end mark (0x1C 0x0D)")
    assert whole[:2] == ("AA", "whole")


def test_a_message_over_the_limit_is_rejected_and_the_connection_ended() -> None:
    with serving() as running, running.connect() as connection:
        connection.sendall(b"\x0b" + message("big") + b"|" * 2000)
        assert msa(answers(connection, 1)[0]) == ("AR", "big", "the message is longer than 1000 bytes")
        assert _closed(connection)


def test_garbage_is_not_answered() -> None:
    with serving() as running, running.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" + framed(message("1")))
        assert msa(answers(connection, 1)[0])[1] == "1"


@pytest.mark.parametrize("said", [b"", b"\x0bMSH|"])
def test_a_silent_connection_is_closed(said: bytes) -> None:
    with serving(idle_seconds=0.2) as running, running.connect() as connection:
        connection.sendall(said)
        assert _closed(connection)


def test_trickling_bytes_does_not_keep_a_connection_open() -> None:
    with serving(idle_seconds=0.3) as running, running.connect() as connection:
        connection.sendall(b"\x0b")
        begun = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - begun < WAIT:
                connection.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() - begun < WAIT


def test_past_the_limit_connections_are_refused() -> None:
    with serving(connections=1) as running, running.connect() as first:
        first.sendall(framed(message("1")))
        answers(first, 1)
        with running.connect() as second:
            assert _closed(second)


def test_a_failing_handler_asks_for_the_message_again() -> None:
    def fail(hospital: str, frame: bytes) -> bytes:
        raise RuntimeError("the database is away")

    with serving(each(fail)) as running:
        code, key, text = msa(send(running.address(), [message("1")])[0])
    assert (code, key) == ("AE", "1")
    assert "again" in text
    assert "database" not in text


def test_stopping_finishes_what_is_in_hand_and_closes_what_is_idle() -> None:
    entered, release = threading.Event(), threading.Event()

    def held(hospital: str, frame: bytes) -> bytes:
        entered.set()
        release.wait(WAIT)
        return accept(hospital, frame)

    with serving(waiting(held)) as running, running.connect() as idle, running.connect() as busy:
        busy.sendall(framed(message("in hand")) + framed(message("behind it")))
        assert entered.wait(WAIT)
        stopping = threading.Thread(target=running.stop)
        stopping.start()
        assert _closed(idle)
        release.set()
        assert [msa(answer)[1] for answer in answers(busy, 2)] == ["in hand", "behind it"]
        assert _closed(busy)
        stopping.join(WAIT)


def test_a_taken_port_is_an_error() -> None:
    with serving() as running:
        taken = listener(f"{running.address()}=renji")
        with pytest.raises(OSError, match="in use"):
            asyncio.run(Server([taken], each(accept), limits=Limits(1, 1)).run())


def test_the_client_prints_the_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tools.mllp_send import main

    path = tmp_path / "one.hl7"
    path.write_bytes(message("1"))
    with serving() as running:
        assert main([running.address(), str(path)]) == 0
    assert "MSA|AA|1" in capsys.readouterr().out


def _closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
