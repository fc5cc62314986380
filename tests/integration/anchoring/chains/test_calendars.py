"""What only calendars do: wait, lose, lie, be one of several."""

from dataclasses import replace

import pytest

from anchoring import services
from anchoring.chains.calendars.headers import EsploraHeaders
from anchoring.chains.interface import WrongNetwork
from anchoring.core.bitcoin.header import Header, read_headers, target
from anchoring.core.bitcoin.transaction import display
from anchoring.models import Anchor
from tests.integration.anchoring.build import NOON, commit, later, open_chain, verified
from tests.integration.anchoring.chains.calendar import Calendar, Handler, Server
from tests.integration.anchoring.chains.worlds import CalendarWorld, opened

DAY = 24 * 60


@pytest.fixture
def world(settings):
    made = CalendarWorld(settings, NOON)
    yield made
    made.stop()


@pytest.fixture
def second(world: CalendarWorld, settings):
    calendar = Calendar(world.chain, NOON)
    settings.OPENTIMESTAMPS_CALENDARS = [world.calendar.url, calendar.url]
    yield calendar
    calendar.stop()


def sent():
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    return one


def anchor() -> Anchor:
    return Anchor.objects.get()


def test_a_pending_timestamp_waits_and_is_not_submitted_again(world: CalendarWorld) -> None:
    sent()
    for hour in range(1, 12):
        services.publish(now=later(60 * hour))
        services.confirm(now=later(60 * hour))
    assert (anchor().state, len(world.calendar.taken)) == ("BROADCAST", 1)


def test_a_digest_that_the_calendars_lost_is_submitted_again(world: CalendarWorld) -> None:
    one = sent()
    world.calendar._commitments.clear()
    services.publish(now=later(2 * DAY))
    assert len(set(world.calendar.taken)) == 2
    world.mine(2)
    services.confirm(now=later(2 * DAY + 1))
    assert (anchor().state, verified(one).result.value) == ("CONFIRMED", "VALID")


def test_one_calendar_that_answers_is_enough(world: CalendarWorld, second: Calendar) -> None:
    world.calendar.broken = True
    one = sent()
    second.mine()
    world.mine(2)
    services.confirm(now=later(1))
    assert (anchor().state, verified(one).result.value) == ("CONFIRMED", "VALID")


def test_once_it_is_in_a_block_the_calendar_is_needed_no_more(world: CalendarWorld) -> None:
    one = sent()
    world.mine()
    services.confirm(now=later(1))
    world.calendar.broken = True
    world.mine(5)
    services.confirm(now=later(2))
    assert (anchor().state, verified(one).result.value) == ("FINAL", "VALID")


LIES = {
    "no timestamp": b"",
    "nonsense": b"\xff\xff\xff",
    "an attestation of the digest itself": b"\x00" + bytes.fromhex("0588960d73d71901") + b"\x01\x05",
    "a height that is none": b"\x00" + bytes.fromhex("0588960d73d71901") + b"\x0a" + b"\xff" * 10,
    "longer than a timestamp is": bytes(20_000),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_calendar_that_lies_moves_nothing(world: CalendarWorld, monkeypatch, lie: bytes) -> None:
    sent()
    world.mine()
    monkeypatch.setattr(world.calendar, "tell", lambda commitment: (lie, 200))
    services.confirm(now=later(1))
    assert anchor().state == "BROADCAST"
    monkeypatch.undo()
    services.confirm(now=later(2))
    assert anchor().state == "MINED"


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_calendar_that_promises_nothing_is_not_believed(world: CalendarWorld, monkeypatch, lie: bytes) -> None:
    monkeypatch.setattr(world.calendar, "take", lambda digest: (lie, 200))
    sent()
    assert (anchor().state, "no calendar took the digest" in anchor().error) == ("SIGNED", True)


def test_headers_without_work_are_not_believed(world: CalendarWorld, monkeypatch) -> None:
    """A node that makes up a block with the right root and everything but work."""
    sent()
    world.mine()
    made = without_work(read_headers(world.chain.headers())[-1])
    by_method = {"getblockhash": display(made.hash()), "getblockheader": made.encode().hex()}
    real, tip = world.node.call, len(read_headers(world.chain.headers())) - 1
    monkeypatch.setattr(
        world.node,
        "call",
        lambda method, params: (
            (by_method[method], None) if params in ([tip], [display(made.hash()), False]) else real(method, params)
        ),
    )
    services.confirm(now=later(1))
    assert (anchor().state, "no proof of work" in anchor().error) == ("BROADCAST", True)


def without_work(header: Header) -> Header:
    while int.from_bytes(header.hash(), "little") <= target(header.bits):
        header = replace(header, nonce=header.nonce + 1)
    return header


def test_headers_of_another_network_are_refused(world: CalendarWorld, settings) -> None:
    settings.OPENTIMESTAMPS_NETWORK = "bitcoin"
    with pytest.raises(WrongNetwork):
        opened("opentimestamps")


class Esplora(Handler):
    """The three questions that we ask of an explorer."""

    def do_GET(self) -> None:
        headers = read_headers(self.owner.headers())
        by_hash = {display(header.hash()): header.encode().hex() for header in headers}
        match self.path.split("/")[1:]:
            case ["blocks", "tip", "height"]:
                self.answer(str(len(headers) - 1).encode())
            case ["block-height", height] if int(height) < len(headers):
                self.answer(list(by_hash)[int(height)].encode())
            case ["block", digest, "header"]:
                self.answer(by_hash[digest].encode())
            case _:
                self.answer(b"Block not found", 404)


def test_headers_may_come_from_an_explorer(world: CalendarWorld, settings) -> None:
    server = Server(Esplora, world.chain)
    settings.OPENTIMESTAMPS_HEADERS = f"esplora+{server.url}"
    one = sent()
    world.mine(2)
    services.confirm(now=later(1))
    tip = EsploraHeaders(server.url).tip()
    assert EsploraHeaders(server.url).block_hash(tip + 1) is None
    server.stop()
    assert (anchor().state, verified(one).result.value) == ("CONFIRMED", "VALID")
