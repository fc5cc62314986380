"""Bodies are read before their requests are answered (medbridge.config.bodies)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from medbridge.config import bodies
from medbridge.config.bodies import Bodies, Limits
from medbridge.fhir.outcome import FhirError

LIMITS = {"largest": 1000, "held": 4000, "waiting": 10, "grace": 0.1, "rate": 100}
NEVER = object()


class Proto:
    """RSGI's body: pieces, and an empty one at the end; one more where the connection broke. NEVER: nothing comes."""

    def __init__(self, *pieces: Any, broken: bool = False) -> None:
        self.pieces = [*pieces, b"", *([b""] if broken else [])]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if piece is NEVER:
                await asyncio.sleep(60)
            yield piece


def made(*, busy: bool = False, **limits: Any) -> Bodies:
    return Bodies(Limits(**{**LIMITS, **limits}), busy=lambda: busy)


def read(proto: Proto, length: str = "", **limits: Any) -> tuple[bytes, int] | int:
    async def run() -> tuple[bytes, int] | int:
        return result(await made(**limits).read(proto, length))

    return asyncio.run(run())


def result(answer: Any) -> tuple[bytes, int] | int:
    return answer.status if isinstance(answer, FhirError) else (answer[0].read(), answer[1])


@pytest.mark.parametrize("length", ["3", ""])
def test_a_body_is_handed_over_whole(length: str) -> None:
    assert read(Proto(b"ab", b"c"), length) == (b"abc", 3)


@pytest.mark.parametrize("length", ["4", ""])
def test_a_body_that_breaks_off_is_no_request(length: str) -> None:
    assert read(Proto(b"abc", broken=True), length) == 400


@pytest.mark.parametrize(("length", "size"), [("2000", 2000), ("", 1200), ("9" * 18, 10**18 - 1)])
def test_of_a_body_that_is_too_large_only_the_size_is_told(length: str, size: int) -> None:
    assert read(Proto(*[b"a" * 600] * 5), length) == (b"", size)


@pytest.fixture
def _looked_at_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LOOK_SECONDS", 0.02)


@pytest.mark.usefixtures("_looked_at_often")
@pytest.mark.parametrize("proto", [Proto(NEVER), Proto(b"a", NEVER)])
def test_a_body_that_does_not_come_is_refused(proto: Proto) -> None:
    assert read(proto, "10") == 408


@pytest.mark.usefixtures("_looked_at_often")
def test_no_client_is_blamed_while_the_process_is_busy() -> None:
    async def run() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(made(busy=True).read(Proto(NEVER), "10"), 0.4)

    asyncio.run(run())


def together(act: Callable[[Bodies, asyncio.Task[Any]], Awaitable[None]], first: Proto, **limits: Any) -> None:
    async def run() -> None:
        read = made(grace=60, **limits)
        begun = asyncio.create_task(read.read(first, "901"))
        await asyncio.sleep(0.01)
        await act(read, begun)
        begun.cancel()

    asyncio.run(run())


def test_the_first_of_too_many_makes_room() -> None:
    async def act(read: Bodies, first: asyncio.Task[Any]) -> None:
        assert result(await read.read(Proto(b"a"), "1")) == (b"a", 1)
        assert result(await first) == 503

    together(act, Proto(NEVER), waiting=1)


def test_bodies_take_no_more_room_than_there_is() -> None:
    async def act(read: Bodies, first: asyncio.Task[Any]) -> None:
        assert result(await read.read(Proto(b"b" * 900), "900")) == 503
        assert result(await read.read(Proto(b"b" * 500), "500")) == (b"b" * 500, 500), "the refused one takes none"
        assert result(await read.read(Proto(b"b" * 500), "500")) == 503
        read.let_go(500)
        assert result(await read.read(Proto(b"b" * 500), "500")) == (b"b" * 500, 500)

    together(act, Proto(b"a" * 900, NEVER), held=1500)
