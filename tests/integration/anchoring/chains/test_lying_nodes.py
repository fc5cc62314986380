"""A node that lies costs us time at most: no money beyond the limit, and no block that an auditor would refuse."""

from collections.abc import Iterator
from typing import Any

import pytest

from anchoring import services
from anchoring.chains.interface import ChainError
from anchoring.core.bitcoin.transaction import Transaction
from anchoring.models import Anchor
from tests.integration.anchoring.build import NOON, commit, later, open_chain
from tests.integration.anchoring.chains.liar import Liar, times
from tests.integration.anchoring.chains.worlds import EthereumWorld, LitecoinWorld, opened

PAYLOAD = b"\x4d\xb1" + bytes(70)


@pytest.fixture
def bitcoin(settings, nodes, tmp_path) -> Iterator[tuple[LitecoinWorld, Liar]]:
    world = LitecoinWorld(settings, nodes.litecoin(), tmp_path)
    liar = Liar(world.node.node)
    settings.BITCOIN_URL = liar.url
    yield world, liar
    liar.stop()


@pytest.fixture
def ethereum(settings, nodes, tmp_path) -> Iterator[tuple[EthereumWorld, Liar]]:
    world = EthereumWorld(settings, nodes.anvil(), tmp_path, contract=False)
    liar = Liar(world.node.node)
    settings.ETHEREUM_URL = liar.url
    yield world, liar
    liar.stop()


def mined(world: LitecoinWorld | EthereumWorld) -> None:
    commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    world.mine(3)
    assert Anchor.objects.get().state == "BROADCAST"


def test_a_fee_estimate_without_measure_stays_within_the_limit(bitcoin) -> None:
    _, liar = bitcoin
    liar.lies["estimatesmartfee"] = lambda _: {"feerate": 100}
    assert opened("bitcoin").build(PAYLOAD).fee == 50_000


def test_a_coin_said_to_be_smaller_gives_a_worthless_signature_and_no_fee(bitcoin) -> None:
    """The rest would go to the miner if the value were not signed."""
    world, liar = bitcoin
    liar.lies["scantxoutset"] = lambda answer: {
        **answer, "unspents": [{**one, "amount": one["amount"] / 100} for one in answer["unspents"]],
    }  # fmt: skip
    signed = opened("bitcoin").build(PAYLOAD)
    assert sum(out.value for out in Transaction.parse(signed.raw).outputs) < 10**7
    with pytest.raises(ChainError, match=r"script-verify|CHECKSIG"):
        opened("bitcoin").send(signed.raw)
    assert world.payloads() == []


@pytest.mark.parametrize("amount", [-1, 10**12, "1", None, True, 1e300])
def test_an_amount_that_is_none_is_refused(bitcoin, amount: Any) -> None:
    _, liar = bitcoin
    liar.lies["scantxoutset"] = lambda answer: {**answer, "unspents": [{**answer["unspents"][0], "amount": amount}]}
    with pytest.raises(ChainError, match="amount"):
        opened("bitcoin").build(PAYLOAD)


def flipped(digits: str) -> str:
    """The last hex digit is another."""
    return digits[:-1] + ("0" if digits[-1] != "0" else "1")


BLOCK_LIES: dict[str, Any] = {
    "another header": ("getblockheader", lambda it: flipped(it) if isinstance(it, str) else it),
    "another block hash": ("getblockhash", lambda it: flipped(it)),
    "one transaction less": ("getblock", lambda it: {**it, "tx": it["tx"][1:]}),
    "one transaction more": ("getblock", lambda it: {**it, "tx": [*it["tx"], "11" * 32]}),
    "another coinbase": ("getrawtransaction", lambda it: flipped(it) if isinstance(it, str) else it),
    "a height far ahead": ("getblockcount", lambda it: it + 1_000_000),
    "no JSON types at all": ("getblock", lambda it: 5),
    "a header that is none": ("getblockheader", lambda it: "zz"),
}


@pytest.mark.parametrize("lie", BLOCK_LIES.values(), ids=BLOCK_LIES)
def test_a_block_that_does_not_hold_together_is_not_believed(bitcoin, lie) -> None:
    world, liar = bitcoin
    mined(world)
    method, altered = lie
    liar.lies[method] = altered
    services.confirm(now=later(1))
    assert Anchor.objects.get().state == "BROADCAST"
    liar.lies.clear()
    services.confirm(now=later(2))
    assert Anchor.objects.get().state == "CONFIRMED"


def test_confirmations_count_only_with_their_headers(bitcoin, settings) -> None:
    """Said to be six deep, of which three blocks can be shown."""
    world, liar = bitcoin
    settings.ANCHOR_CONFIRMATIONS = {"bitcoin": (6, 100)}
    mined(world)
    tip = world.node.node("getblockcount")
    liar.lies["getblockcount"] = lambda it: it + 3
    liar.lies["getblockhash"] = lambda it: it if it else world.node.node("getblockhash", tip)
    services.confirm(now=later(1))
    assert Anchor.objects.get().state in ("BROADCAST", "MINED")


def test_a_node_that_denies_everything_makes_us_sign_no_second_coin_for_long(bitcoin, settings) -> None:
    """It refuses each transaction as spent: the versions end at a limit and a person is told."""
    world, liar = bitcoin
    world.node.pay(opened("bitcoin").address)
    commit("a", chain=open_chain())
    services.seal(now=NOON)
    liar.lies["gettxout"] = lambda it: it
    real = liar.call
    refusal = {"code": -25, "message": "bad-txns-inputs-missingorspent"}
    liar.call = lambda method, params: (None, refusal) if method == "sendrawtransaction" else real(method, params)  # type: ignore[method-assign]
    for minute in range(40):
        services.publish(now=later(minute))
    assert Anchor.objects.get().attempts <= 32
    assert "transactions were signed for this anchor" in Anchor.objects.get().error
    assert len({version.fee for version in Anchor.objects.get().versions.all()}) == 1


ETHEREUM_LIES: dict[str, Any] = {
    "another block": ("eth_getBlockByHash", lambda it: {**it, "number": hex(int(it["number"], 16) + 1)}),
    "another time": ("eth_getBlockByHash", lambda it: {**it, "timestamp": "0x1"}),
    "no transactions": ("eth_getBlockByHash", lambda it: {**it, "transactions": []}),
    "a failed receipt": ("eth_getBlockReceipts", lambda it: [{**one, "status": "0x0"} for one in it]),
    "no receipts": ("eth_getBlockReceipts", lambda it: []),
    "another chain's block": ("eth_getBlockByNumber", lambda it: {**it, "hash": "0x" + "11" * 32}),
    "nonsense": ("eth_getBlockReceipts", lambda it: "nonsense"),
    "a huge number": ("eth_blockNumber", lambda it: "0x" + "f" * 100),
}


@pytest.mark.parametrize("lie", ETHEREUM_LIES.values(), ids=ETHEREUM_LIES)
def test_an_ethereum_block_that_does_not_hold_together_is_not_believed(ethereum, lie) -> None:
    world, liar = ethereum
    mined(world)
    method, altered = lie
    liar.lies[method] = altered
    services.confirm(now=later(1))
    assert Anchor.objects.get().state == "BROADCAST"
    liar.lies.clear()
    services.confirm(now=later(2))
    assert Anchor.objects.get().state == "CONFIRMED"


def test_prices_without_measure_stay_within_the_limit(ethereum) -> None:
    _, liar = ethereum
    liar.lies["eth_maxPriorityFeePerGas"] = times(10**9)
    assert opened("ethereum").build(PAYLOAD).fee <= 3_000_000


def test_gas_without_measure_is_refused(ethereum) -> None:
    _, liar = ethereum
    liar.lies["eth_estimateGas"] = times(1000)
    with pytest.raises(ChainError, match="is the contract ours"):
        opened("ethereum").build(PAYLOAD)


def test_no_ether_is_ever_moved(ethereum) -> None:
    world, _ = ethereum
    mined(world)
    sent = world.node.node("eth_getTransactionByHash", Anchor.objects.get().txid)
    assert (sent["value"], sent["to"]) == ("0x0", opened("ethereum").address)
