"""What only a chain with fees and rivals can do, on a real litecoind in regtest."""

from dataclasses import replace

import pytest

from anchoring import services
from anchoring.chains.bitcoin.chain import BitcoinChain
from anchoring.chains.interface import ChainConflict, ChainError, History, WrongNetwork
from anchoring.core.bitcoin.script import data_outputs
from anchoring.core.bitcoin.transaction import Transaction
from anchoring.models import Anchor, Condition
from tests.integration.anchoring.build import NOON, commit, later, open_chain, verified
from tests.integration.anchoring.chains.worlds import LitecoinWorld, opened

PAYLOAD = b"\x4d\xb1" + bytes(70)
HOUR = 60


@pytest.fixture
def world(settings, nodes, tmp_path) -> LitecoinWorld:
    return LitecoinWorld(settings, nodes.litecoin(), tmp_path)


@pytest.fixture
def chain(world: LitecoinWorld) -> BitcoinChain:
    return opened("bitcoin")


def sent():
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    return one


def anchor() -> Anchor:
    return Anchor.objects.get()


def test_the_node_holds_no_key_of_ours(chain: BitcoinChain, world: LitecoinWorld) -> None:
    assert not world.node.node("getaddressinfo", chain.address)["ismine"]
    assert world.node.node("validateaddress", chain.address)["isvalid"]


def test_a_transaction_that_waits_too_long_is_replaced_by_one_that_pays_more(world: LitecoinWorld) -> None:
    one = sent()
    services.publish(now=later(HOUR))
    first, second = anchor().versions.order_by("id")
    assert second.fee > first.fee
    assert world.node.node("getrawmempool") == [second.txid]
    world.mine(2)
    services.confirm(now=later(HOUR + 1))
    assert (anchor().state, anchor().txid, len(world.payloads())) == ("CONFIRMED", second.txid, 1)
    assert verified(one).result.value == "VALID"


def test_the_older_version_counts_when_a_miner_took_that_one(world: LitecoinWorld) -> None:
    one = sent()
    services.publish(now=later(HOUR))
    first = anchor().versions.earliest("id")
    world.node.node("generateblock", world.node.address, [bytes(first.raw).hex()])
    services.publish(now=later(HOUR + 1))
    services.confirm(now=later(HOUR + 1))
    assert (anchor().state, anchor().txid, anchor().versions.count()) == ("MINED", first.txid, 2)
    world.mine()
    services.confirm(now=later(HOUR + 2))
    assert verified(one).result.value == "VALID"


def test_no_version_costs_more_than_the_limit(world: LitecoinWorld, settings) -> None:
    settings.BITCOIN_MAX_FEE = 1000
    sent()
    for hours in range(1, 8):
        services.publish(now=later(HOUR * hours))
    fees = [version.fee for version in anchor().versions.order_by("id")]
    assert fees == sorted(set(fees)) and len(fees) > 1 and fees[-1] <= 1000
    assert "over the limit of 1000" in anchor().error
    assert anchor().state == "BROADCAST"


def test_what_costs_money_is_done_once_an_interval(world: LitecoinWorld, settings) -> None:
    settings.ANCHOR_INTERVAL_SECONDS = 3600
    sent()
    world.mine(6)
    services.confirm(now=later(1))
    services.seal(now=later(50))
    services.publish(now=later(59))
    assert Anchor.objects.count() == 1
    services.publish(now=later(61))
    assert Anchor.objects.count() == 2


def test_a_crash_while_replacing_leaves_one_anchor(world: LitecoinWorld, monkeypatch) -> None:
    sent()
    with monkeypatch.context() as dying:
        dying.setattr(BitcoinChain, "send", kill)
        with pytest.raises(KeyboardInterrupt):
            services.publish(now=later(HOUR))
    assert (anchor().state, anchor().versions.count()) == ("SIGNED", 2)
    services.publish(now=later(HOUR + 1))
    world.mine()
    services.confirm(now=later(HOUR + 2))
    assert (anchor().state, len(world.payloads())) == ("MINED", 1)


def kill(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_anchor_whose_coin_is_spent_by_another_transaction_is_built_anew(
    world: LitecoinWorld, chain: BitcoinChain
) -> None:
    """A rival that holds our key; the anchor was never in a block."""
    one = sent()
    ours = anchor().versions.get()
    rival = chain.build(b"rival payload", History(replaces=services_signed(ours)))
    world.node.pay(chain.address)  # also mines what waits: undone next
    world.node.invalidate(1)
    world.node.node("generateblock", world.node.address, [rival.raw.hex()])
    world.mine()
    services.publish(now=later(1))
    assert anchor().txid != ours.txid
    world.mine(2)
    services.confirm(now=later(2))
    assert (anchor().state, len(world.payloads())) == ("CONFIRMED", 1)
    assert verified(one).result.value == "VALID"


def test_an_anchor_double_spent_after_its_block_left_the_chain_is_built_anew(
    world: LitecoinWorld, chain: BitcoinChain
) -> None:
    world.node.pay(chain.address)  # a second coin, in a block that stays
    one = sent()
    world.mine(2)
    services.confirm(now=later(1))
    assert anchor().state == "CONFIRMED"
    ours = anchor().versions.get()
    rival = chain.build(b"rival payload", History(replaces=services_signed(ours)))
    world.node.invalidate(2)
    world.node.node("generateblock", world.node.address, [rival.raw.hex()])
    world.mine(3)
    services.confirm(now=later(2))
    assert anchor().state == "REORGED"
    services.publish(now=later(3))
    world.mine(2)
    services.confirm(now=later(4))
    assert (anchor().state, anchor().txid != ours.txid, len(world.payloads())) == ("CONFIRMED", True, 1)
    assert verified(one).result.value == "VALID"


def services_signed(version):
    from anchoring.services.versions import signed

    return signed(version)


def test_a_reorganisation_is_survived_when_the_change_is_spent_already(world: LitecoinWorld) -> None:
    """The node has no index: the first anchor is found again only by looking through the blocks."""
    one = sent()
    world.mine()
    services.confirm(now=later(1))
    services.seal(now=later(10))
    services.publish(now=later(11))
    world.mine()
    services.confirm(now=later(12))
    world.node.invalidate(2)
    world.mine(3)
    services.confirm(now=later(13))
    assert {row.state for row in Anchor.objects.all()} == {"REORGED"}
    services.publish(now=later(14))
    services.confirm(now=later(15))
    assert {row.state for row in Anchor.objects.all()} == {"CONFIRMED"}
    assert (len(world.payloads()), verified(one).result.value) == (2, "VALID")


def test_a_node_of_another_network_is_refused_before_anything_is_signed(world: LitecoinWorld, settings) -> None:
    settings.BITCOIN_NETWORK = "bitcoin-regtest"
    with pytest.raises(WrongNetwork, match="not that of bitcoin-regtest"):
        opened("bitcoin")
    sent()
    assert not Anchor.objects.exists()
    assert "not that of bitcoin-regtest" in Condition.objects.get(chain="bitcoin").error


def test_a_wallet_without_a_coin_says_where_to_send_one(world: LitecoinWorld, settings, tmp_path) -> None:
    settings.BITCOIN_KEY_FILE = tmp_path / "another"
    sent()
    address = opened("bitcoin").address
    assert anchor().state == "PENDING"
    assert f"send one to {address}" in anchor().error
    assert Condition.objects.get().balance == 0
    world.node.pay(address)
    services.publish(now=later(1))
    assert anchor().state == "BROADCAST"


def test_the_same_coin_pays_for_whatever_is_built_before_sending(chain: BitcoinChain) -> None:
    first, second = chain.build(PAYLOAD), chain.build(b"other")
    chain.send(first.raw)
    chain.send(first.raw)
    with pytest.raises(ChainConflict):
        chain.send(second.raw)


def test_a_transaction_carries_the_payload_and_pays_the_rest_back_to_us(chain: BitcoinChain) -> None:
    signed = chain.build(PAYLOAD)
    transaction = Transaction.parse(signed.raw)
    assert data_outputs(transaction) == [PAYLOAD]
    assert sum(out.value for out in transaction.outputs) + signed.fee == 10**8


def test_a_transaction_that_is_in_no_block_has_no_proof(chain: BitcoinChain, world: LitecoinWorld) -> None:
    signed = chain.build(PAYLOAD)
    chain.send(signed.raw)
    world.mine()
    place = chain.poll(signed).place
    assert place is not None
    with pytest.raises(ChainError, match="does not hold transaction"):
        chain.proof(chain.build(b"other"), place)
    with pytest.raises(ChainError):
        chain.proof(signed, replace(place, height=place.height + 1))
