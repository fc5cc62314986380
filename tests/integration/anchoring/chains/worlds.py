"""What the cases of the conformance class need of each chain: one world for each, on real nodes where there are any."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import pytest

from anchoring.chains.bitcoin.chain import BitcoinChain
from anchoring.chains.block import Block
from anchoring.chains.blockfile import BlockFile
from anchoring.chains.calendars.chain import CalendarChain
from anchoring.chains.ethereum.chain import EthereumChain
from anchoring.chains.interface import Chain, Presence, Unreachable
from anchoring.chains.local import LocalChain
from anchoring.core.bitcoin.script import data_outputs
from anchoring.core.payload import MAGIC
from anchoring.services.chains import _open
from tests.integration.anchoring.chains.anvil import Anvil
from tests.integration.anchoring.chains.calendar import Calendar, HeaderNode
from tests.integration.anchoring.chains.litecoin import Litecoin

MINE = LocalChain.mine


class World(Protocol):
    name: str
    adapter: type[Chain]

    def mine(self, blocks: int = 1) -> None:
        """With whatever waits."""

    def reorganise(self, depth: int) -> None:
        """The last `depth` blocks are replaced by more blocks without their transactions."""

    def payloads(self) -> list[bytes]:
        """Of the anchors in the best chain."""

    def down(self) -> AbstractContextManager[None]:
        """The chain does not answer."""

    def headers(self) -> dict[str, bytes]:
        """What an auditor of this chain needs beside the receipt."""


class LocalWorld:
    name = "local"
    adapter = LocalChain

    def __init__(self, settings: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        self._path, self._now = settings.LOCAL_CHAIN_DIR, now
        monkeypatch.setattr(LocalChain, "mine", lambda self, now: None)  # blocks come when the test says so
        settings.ANCHOR_CHAINS = [self.name]

    @property
    def chain(self) -> LocalChain:
        return LocalChain(self._path)

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            MINE(self.chain, now=self._now)

    def reorganise(self, depth: int) -> None:
        self.chain.reorganise(depth, now=self._now)

    def payloads(self) -> list[bytes]:
        chain, found = self.chain, []
        best = set(chain._ledger.best)
        for raw in BlockFile(self._path / "blk00000.dat").unread():
            block = Block.parse(raw)
            if block.header.hash() in best:
                found += [data for one in block.transactions for data in data_outputs(one) if data.startswith(MAGIC)]
        return found

    def headers(self) -> dict[str, bytes]:
        return {}

    @contextmanager
    def down(self) -> Iterator[None]:
        with refusing(LocalChain, self._path):
            yield


class LitecoinWorld:
    name = "bitcoin"

    def __init__(self, settings: Any, node: Litecoin, keys: Path) -> None:
        self.adapter, self.node = BitcoinChain, node
        settings.ANCHOR_CHAINS = [self.name]
        settings.BITCOIN_URL = node.url
        settings.BITCOIN_NETWORK = "litecoin-regtest"
        settings.ANCHOR_INTERVAL_SECONDS = 0
        settings.BITCOIN_KEY_FILE = keys / "bitcoin"
        settings.ANCHOR_CONFIRMATIONS = {self.name: (2, 6)}
        node.pay(opened(self.name).address)
        self._before = len(node.payloads())

    def mine(self, blocks: int = 1) -> None:
        self.node.mine(blocks)

    def reorganise(self, depth: int) -> None:
        self.node.invalidate(depth)
        self.node.mine_empty(depth + 1)

    def payloads(self) -> list[bytes]:
        return self.node.payloads()[self._before :]

    def headers(self) -> dict[str, bytes]:
        return {}

    @contextmanager
    def down(self) -> Iterator[None]:
        self.node.stop()
        yield
        self.node.start()


class EthereumWorld:
    name = "ethereum"

    def __init__(self, settings: Any, node: Anvil, keys: Path, *, contract: bool) -> None:
        self.adapter, self.node = EthereumChain, node
        settings.ANCHOR_CHAINS = [self.name]
        settings.ETHEREUM_URL = node.url
        settings.ETHEREUM_NETWORK = "ethereum-dev"
        settings.ANCHOR_INTERVAL_SECONDS = 0
        settings.ETHEREUM_KEY_FILE = keys / "ethereum"
        settings.ETHEREUM_CONTRACT = ""
        settings.ANCHOR_CONFIRMATIONS = {self.name: (2, 6)}
        node.give(opened(self.name).address)
        if contract:
            settings.ETHEREUM_CONTRACT = self._deploy()
        node.mine(8)
        self._before = len(node.payloads())

    def _deploy(self) -> str:
        chain = opened(self.name)
        signed = chain.deployment()
        chain.send(signed.raw)
        self.node.mine()
        assert chain.poll(signed).presence is Presence.MINED
        return str(chain.contract_address(signed.nonce))

    def mine(self, blocks: int = 1) -> None:
        self.node.mine(blocks)

    def reorganise(self, depth: int) -> None:
        self.node.reorganise(depth)

    def payloads(self) -> list[bytes]:
        return self.node.payloads()[self._before :]

    def headers(self) -> dict[str, bytes]:
        return {"ethereum-dev": self.node.block_hashes()}

    @contextmanager
    def down(self) -> Iterator[None]:
        self.node.stop()
        yield
        self.node.start()


class CalendarWorld:
    name = "opentimestamps"
    adapter = CalendarChain

    def __init__(self, settings: Any, now: datetime) -> None:
        self.chain, self._now = LocalChain(settings.LOCAL_CHAIN_DIR.parent / "calendar"), now
        self.calendar, self.node = Calendar(self.chain, now), HeaderNode(self.chain)
        settings.ANCHOR_CHAINS = [self.name]
        settings.OPENTIMESTAMPS_CALENDARS = [self.calendar.url]
        settings.OPENTIMESTAMPS_HEADERS = self.node.url
        settings.OPENTIMESTAMPS_NETWORK = "local"
        settings.ANCHOR_CONFIRMATIONS = {self.name: (2, 6)}

    def stop(self) -> None:
        self.calendar.stop()
        self.node.stop()

    def mine(self, blocks: int = 1) -> None:
        self.calendar.mine()
        for _ in range(blocks):
            MINE(self.chain, now=self._now)

    def reorganise(self, depth: int) -> None:
        self.chain.reorganise(depth, now=self._now)

    def payloads(self) -> list[bytes]:
        """A digest taken twice costs nobody anything."""
        return list(set(self.calendar.taken))

    def headers(self) -> dict[str, bytes]:
        return {}

    @contextmanager
    def down(self) -> Iterator[None]:
        self.calendar.broken = True
        yield
        self.calendar.broken = False


def opened(name: str) -> Any:
    """The chain as the services have it."""
    from anchoring import chains
    from anchoring.conf import conf

    _open.cache_clear()
    return chains.open_chain(name, dict(conf.KNOWN_CHAINS[name]))


@contextmanager
def refusing(adapter: type[LocalChain], path: Path) -> Iterator[None]:
    """The chain in that folder; there may be others."""
    send, poll = adapter.send, adapter.poll

    def refuse(chain: LocalChain) -> None:
        if chain._path == path:
            raise Unreachable("the node does not answer")

    with (
        patch.object(adapter, "send", lambda chain, raw: refuse(chain) or send(chain, raw)),
        patch.object(adapter, "poll", lambda chain, *of: refuse(chain) or poll(chain, *of)),
    ):
        yield
