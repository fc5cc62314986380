"""What arrives over MLLP ends in records, or in an answer that says why not."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from medbridge.inbox.models import Message
from medbridge.management.commands.mllp import Command, keep
from medbridge.mllp.limits import Limits
from medbridge.mllp.listeners import listener
from medbridge.mllp.replies import Received, Reply
from medbridge.mllp.server import Server
from medbridge.normalize.hl7v2 import parse
from tools.mllp_send import send

T = TypeVar("T")
SAMPLES = Path(__file__).resolve().parents[2] / "medbridge" / "samples" / "hl7v2"


def closing(work: Callable[[], T]) -> T:
    """The test database is dropped after the test; the command keeps its connections."""
    try:
        return work()
    finally:
        connections.close_all()


def handle(batch: Sequence[Received], hurried: bool) -> list[Reply]:
    replies = closing(lambda: keep(batch, hurried))
    return [replace(reply, later=partial(closing, reply.later) if reply.later else None) for reply in replies]


@pytest.fixture
def address(transactional_db: None, cast: None) -> Iterator[str]:
    server = Server([listener("0=north")], handle, limits=Limits(100_000, 30))
    started, loop = threading.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.run(started.set)))
    thread.start()
    assert started.wait(5)
    yield f"127.0.0.1:{server.addresses[0][1]}"
    loop.call_soon_threadsafe(server.stop)
    thread.join(10)
    loop.close()


def code(answer: bytes) -> str:
    segment = parse(answer).first("MSA")
    return segment.value(1) if segment else ""


def test_samples_are_accepted_and_stored(address: str) -> None:
    files = sorted(SAMPLES.glob("north_*.hl7"))
    assert [code(each) for each in send(address, [path.read_bytes() for path in files])] == ["AA"] * len(files)
    assert Message.objects.filter(state=Message.State.DONE, records__gt=0).count() == len(files)


def test_the_same_message_again_is_the_same_message(address: str) -> None:
    raw = (SAMPLES / "north_oru_r01.hl7").read_bytes()
    first, second = send(address, [raw, raw])
    assert first == second
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("defect", "old", "new", "expected"),
    [
        ("no patient identifier", b"|NB-20391^", b"|^", "AE"),
        ("an event nobody takes", b"ADT^A04", b"MFN^M02", "AR"),
        ("no header", b"MSH|", b"HSM|", "AR"),
    ],
)
def test_what_is_refused_is_a_dead_letter(address: str, defect: str, old: bytes, new: bytes, expected: str) -> None:
    raw = (SAMPLES / "north_adt_a04.hl7").read_bytes().replace(old, new).replace(b"|11019919850314038X^", b"|^")
    assert code(send(address, [raw.replace(b"~11019919850314038X", b"")])[0]) == expected, defect
    assert Message.objects.get().state == Message.State.DEAD


def test_the_command_names_a_wrong_listener() -> None:
    with pytest.raises(CommandError, match="is not like 2575=north"):
        call_command(Command(), listen=["north"])
