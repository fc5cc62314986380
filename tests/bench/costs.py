"""What anchors cost: bytes and gas as measured, money at stated prices. No network and no market is asked."""

import os
import tempfile
from pathlib import Path
from typing import Any

from anchoring.chains.bitcoin.fees import virtual_size
from anchoring.chains.ethereum.chain import EthereumChain
from anchoring.chains.ethereum.signing import Key
from anchoring.chains.wallet import Wallet
from anchoring.core.payload import SIZE
from tests.bench.world import World
from tests.integration.anchoring.chains.anvil import Anvil, program

DOLLARS = {"bitcoin": 100_000, "ether": 3_000}  # for one
SATOSHI_A_VBYTE = (2, 10, 50)
GWEI_A_GAS = (1, 10, 50)
DAILY = {"one anchor an hour": 24, "one in each ten minutes": 144}  # anchors a day
RECORDS_A_DAY = 1_000_000
PAYLOAD, KEY = os.urandom(SIZE), Key(os.urandom(32))


def measure(world: World) -> None:
    world.notes["anchor_costs"] = [*bitcoin(), *ethereum()]


def bitcoin() -> list[dict[str, Any]]:
    transaction = Wallet(os.urandom(32)).anchor(PAYLOAD, bytes(36), 10**8)
    size = virtual_size(transaction)
    price = DOLLARS["bitcoin"] / 10**8
    takes = f"{size} vbytes"
    return [_row("bitcoin", takes, f"{rate} satoshi a vbyte", size * rate * price) for rate in SATOSHI_A_VBYTE]


def ethereum() -> list[dict[str, Any]]:
    """Gas as anvil charges it; without anvil there is nothing measured to tell."""
    if program() is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        node = Anvil(Path(folder) / "anvil")
        try:
            used = {"plain data": _gas(node, b""), "contract": _gas(node, _contract(node))}
        finally:
            node.stop()
    price = DOLLARS["ether"] / 10**9
    return [
        _row(f"ethereum, {way}", f"{gas:,} gas", f"{rate} gwei a gas", gas * rate * price)
        for way, gas in used.items()
        for rate in GWEI_A_GAS
    ]


def _row(chain: str, takes: str, at: str, dollars: float) -> dict[str, Any]:
    shown = {name: round(dollars * anchors * 10**6 / RECORDS_A_DAY, 2) for name, anchors in DAILY.items()}
    return {"chain": chain, "an anchor takes": takes, "at": at, "dollars": round(dollars, 3), **shown}


def _chain(node: Anvil, contract: bytes) -> EthereumChain:
    return EthereumChain([node.node], "ethereum-dev", KEY, max_fee=10**17, contract=contract)


def _contract(node: Anvil) -> bytes:
    chain = _chain(node, b"")
    node.give(chain.address, 10)
    signed = chain.deployment()
    _mined(node, chain, signed.raw)
    return bytes.fromhex(chain.contract_address(signed.nonce or 0)[2:])


def _gas(node: Anvil, contract: bytes) -> int:
    """Of the second anchor: the first one in the contract writes a slot that was empty."""
    chain = _chain(node, contract)
    node.give(chain.address, 10)
    for _ in range(2):
        used = _mined(node, chain, chain.build(PAYLOAD).raw)
    return used


def _mined(node: Anvil, chain: EthereumChain, raw: bytes) -> int:
    """Gas used."""
    chain.send(raw)
    node.mine()
    block = node.node("eth_getBlockByNumber", "latest", False)
    return int(block["gasUsed"], 16)
