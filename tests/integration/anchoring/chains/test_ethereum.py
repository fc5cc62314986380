"""What only an account chain does, on a real anvil: numbers, prices, the contract, two nodes that must agree."""

from pathlib import Path

import pytest

from anchoring import services
from anchoring.chains.ethereum.chain import EthereumChain
from anchoring.chains.ethereum.rules import RULES, Rules
from anchoring.chains.interface import ChainError, WrongNetwork
from anchoring.core.ethereum.keccak import keccak256
from anchoring.models import Anchor, Condition
from tests.integration.anchoring.build import NOON, commit, later, open_chain, verified
from tests.integration.anchoring.chains.worlds import EthereumWorld, opened

PAYLOAD = b"\x4d\xb1" + bytes(70)
HOUR = 60


@pytest.fixture
def world(settings, nodes, tmp_path: Path) -> EthereumWorld:
    return EthereumWorld(settings, nodes.anvil(), tmp_path, contract=False)


@pytest.fixture
def contracted(settings, nodes, tmp_path: Path) -> EthereumWorld:
    return EthereumWorld(settings, nodes.anvil(), tmp_path, contract=True)


def sent():
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    return one


def anchor() -> Anchor:
    return Anchor.objects.get()


def another_of_ours(world: EthereumWorld, payload: bytes) -> None:
    """A transaction of our key that the database knows nothing of, mined before ours."""
    world.node.node("anvil_dropAllTransactions")
    stranger = opened("ethereum").build(payload)
    opened("ethereum").send(stranger.raw)
    world.mine()


def test_a_transaction_that_waits_too_long_is_replaced_under_the_same_number(world: EthereumWorld) -> None:
    one = sent()
    services.publish(now=later(HOUR))
    first, second = anchor().versions.order_by("id")
    assert (second.nonce, second.fee > first.fee * 1.1) == (first.nonce, True)
    world.mine(3)
    services.confirm(now=later(HOUR + 1))
    assert (anchor().state, anchor().txid, len(world.payloads())) == ("CONFIRMED", second.txid, 1)
    assert verified(one, world.headers()).result.value == "VALID"


def test_no_version_costs_more_than_the_limit(world: EthereumWorld, settings) -> None:
    settings.ETHEREUM_MAX_FEE = 100_000
    sent()
    for hours in range(1, 8):
        services.publish(now=later(HOUR * hours))
    assert all(version.fee <= 100_000 for version in anchor().versions.all())
    assert "over the limit of 100000" in anchor().error
    assert anchor().state == "BROADCAST"


def test_numbers_follow_the_database_when_a_node_lags_behind(world: EthereumWorld, monkeypatch) -> None:
    sent()
    world.mine()
    services.confirm(now=later(1))
    real, used = EthereumChain._gas, []
    monkeypatch.setattr(EthereumChain, "_gas", lambda self, to, data: used.append(stale(self)) or real(self, to, data))
    services.seal(now=later(10))
    services.publish(now=later(11))
    numbers = [row.versions.get().nonce for row in Anchor.objects.order_by("id")]
    assert (numbers[1] - numbers[0], len(used)) == (1, 1)


def stale(chain: EthereumChain) -> None:
    """From here on this adapter's node has seen none of our transactions."""
    node = chain._node
    chain._node = lambda method, *params: "0x0" if method == "eth_getTransactionCount" else node(method, *params)  # type: ignore[assignment]


def test_an_anchor_whose_number_another_transaction_took_is_built_anew(world: EthereumWorld) -> None:
    one = sent()
    ours = anchor().versions.get()
    another_of_ours(world, b"somebody else's data")
    services.publish(now=later(1))
    assert anchor().versions.latest("id").nonce == (ours.nonce or 0) + 1
    world.mine(3)
    services.confirm(now=later(2))
    assert (anchor().state, len(world.payloads())) == ("CONFIRMED", 1)
    assert verified(one, world.headers()).result.value == "VALID"


def test_the_contract_takes_each_height_once_and_in_order(contracted: EthereumWorld) -> None:
    sent()
    contracted.mine(3)
    services.confirm(now=later(1))
    chain = opened("ethereum")
    assert chain._next_height() == 1
    chain._next_height = lambda: 0
    with pytest.raises(ChainError, match="not the next height"):
        chain.build(PAYLOAD)
    chain._next_height = lambda: 2
    with pytest.raises(ChainError, match="not the next height"):
        chain.build(PAYLOAD)


def test_the_contract_takes_nothing_from_others(contracted: EthereumWorld, settings, tmp_path: Path) -> None:
    settings.ETHEREUM_KEY_FILE = tmp_path / "mallory"
    contracted.node.give(opened("ethereum").address)
    with pytest.raises(ChainError, match="not the owner"):
        opened("ethereum").build(PAYLOAD)


def test_an_anchor_that_the_contract_refused_in_its_block_is_built_anew(contracted: EthereumWorld) -> None:
    """Signed for a height that another transaction of ours took first."""
    one = sent()
    ours = anchor().versions.get()
    another_of_ours(contracted, PAYLOAD)
    services.publish(now=later(1))
    contracted.mine(3)
    services.confirm(now=later(2))
    assert (anchor().state, anchor().txid != ours.txid) == ("CONFIRMED", True)
    assert verified(one, contracted.headers()).result.value == "VALID"


def test_a_block_is_confirmed_when_the_chain_calls_it_final(world: EthereumWorld, settings) -> None:
    settings.ANCHOR_CONFIRMATIONS = {"ethereum": (1, 1)}
    sent()
    world.mine()
    services.confirm(now=later(1))
    assert anchor().state == "MINED"
    world.mine(2)
    services.confirm(now=later(2))
    assert anchor().state == "FINAL"


def test_two_nodes_must_agree_on_the_block(world: EthereumWorld, settings, other) -> None:
    settings.ETHEREUM_URL = f"{world.node.url},{other.url}"
    sent()
    world.mine(3)
    services.confirm(now=later(1))
    assert anchor().state == "BROADCAST"


@pytest.fixture
def other(tmp_path: Path):
    from tests.integration.anchoring.chains.anvil import Anvil

    node = Anvil(tmp_path / "other")
    node.mine(20)
    yield node
    node.stop()


@pytest.mark.parametrize("rules", [Rules(1), Rules(31337, "0x" + "11" * 32)], ids=["number", "first block"])
def test_a_node_of_another_network_is_refused_before_anything_is_signed(
    world: EthereumWorld, monkeypatch, rules: Rules
) -> None:
    monkeypatch.setitem(RULES, "ethereum-dev", rules)
    with pytest.raises(WrongNetwork):
        opened("ethereum")
    sent()
    assert not Anchor.objects.exists()
    assert "the node" in Condition.objects.get(chain="ethereum").error


def test_an_empty_wallet_is_told(world: EthereumWorld, settings, tmp_path: Path) -> None:
    settings.ETHEREUM_KEY_FILE = tmp_path / "poor"
    sent()
    assert anchor().state in ("PENDING", "SIGNED")
    assert (Condition.objects.get().balance, Condition.objects.get().unit) == (0, "gwei")
    assert "nsufficient funds" in anchor().error


def test_a_transaction_id_is_its_hash(world: EthereumWorld) -> None:
    signed = opened("ethereum").build(PAYLOAD)
    assert signed.txid == "0x" + keccak256(signed.raw).hex()
    opened("ethereum").send(signed.raw)
    assert world.node.node("eth_getTransactionByHash", signed.txid)["from"] == opened("ethereum").address
