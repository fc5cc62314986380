"""All chains at once: one receipt carries an anchor on each, and each is worth what it is worth alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from anchoring import services
from anchoring.core.receipt import MAX_RECEIPT_BYTES
from anchoring.models import Anchor, Condition
from tests.integration.anchoring.build import NOON, commit, later, open_chain, verified
from tests.integration.anchoring.chains.worlds import CalendarWorld, EthereumWorld, LitecoinWorld, LocalWorld, World

ALL = ["local", "bitcoin", "opentimestamps", "ethereum"]


@pytest.fixture
def worlds(settings, nodes, tmp_path: Path, monkeypatch) -> Iterator[dict[str, World]]:
    calendars = CalendarWorld(settings, NOON)
    made: list[World] = [
        calendars,
        LitecoinWorld(settings, nodes.litecoin(), tmp_path),
        EthereumWorld(settings, nodes.anvil(), tmp_path, contract=True),
        LocalWorld(settings, NOON, monkeypatch),
    ]
    settings.ANCHOR_CHAINS = ALL
    settings.ANCHOR_CONFIRMATIONS = dict.fromkeys(ALL, (2, 6))
    yield {world.name: world for world in made}
    calendars.stop()


def mine(worlds: dict[str, World], blocks: int) -> None:
    for world in worlds.values():
        world.mine(blocks)


def states() -> dict[str, str]:
    return {anchor.chain: anchor.state for anchor in Anchor.objects.all()}


def test_one_receipt_carries_an_anchor_on_each(worlds: dict[str, World]) -> None:
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    mine(worlds, 3)
    services.confirm(now=later(1))
    assert states() == dict.fromkeys(ALL, "CONFIRMED")
    receipt = services.receipt(entry=one.entry, salt=one.salt, document=one.digest)
    assert sorted(anchor["kind"] for anchor in receipt["anchors"]) == [
        "bitcoin",
        "bitcoin",
        "ethereum",
        "opentimestamps",
    ]
    assert len(str(receipt)) < MAX_RECEIPT_BYTES // 20
    report = verified(one, worlds["ethereum"].headers())
    assert report.result.value == "VALID"


@pytest.mark.parametrize("broken", ALL)
def test_each_may_be_down_and_the_others_go_on(worlds: dict[str, World], broken: str) -> None:
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    with worlds[broken].down():
        services.publish(now=NOON)
        for name, world in worlds.items():
            if name != broken:
                world.mine(3)
        services.confirm(now=later(1))
        assert {name for name, state in states().items() if state == "CONFIRMED"} == set(ALL) - {broken}
        assert services.seal(now=later(10)) == [1]
        assert verified(one, worlds["ethereum"].headers() if broken != "ethereum" else {}).result.value == "VALID"
    assert [row.chain for row in Condition.objects.exclude(error="")] == [broken]
    services.publish(now=later(20))
    mine(worlds, 3)
    services.confirm(now=later(21))
    assert Anchor.objects.filter(chain=broken).latest("id").state == "CONFIRMED"
