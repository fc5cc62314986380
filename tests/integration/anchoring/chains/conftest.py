import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.anchoring.build import NOON
from tests.integration.anchoring.chains.anvil import Anvil, program
from tests.integration.anchoring.chains.litecoin import Litecoin
from tests.integration.anchoring.chains.worlds import CalendarWorld, EthereumWorld, LitecoinWorld, LocalWorld, World

WORLDS = ["local", "bitcoin", "opentimestamps", "ethereum", "ethereum-contract"]


class Nodes:
    """Real nodes, started when first needed and kept while they last: a start takes seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._started = folder, 0
        self._litecoin: Litecoin | None = None
        self._anvil: Anvil | None = None

    def litecoin(self) -> Litecoin:
        if shutil.which("litecoind") is None:
            pytest.skip("no litecoind here: the Bitcoin adapter is NOT tested (tools/install_chains)")
        if self._litecoin is not None and self._litecoin.worn_out:
            self._litecoin.stop()
            self._litecoin = None
        if self._litecoin is None:
            self._started += 1
            self._litecoin = Litecoin(self._folder / f"litecoin{self._started}")
        return self._litecoin

    def anvil(self) -> Anvil:
        if program() is None:
            pytest.skip("no anvil here: the Ethereum adapter is NOT tested (tools/install_chains)")
        if self._anvil is None:
            self._anvil = Anvil(self._folder / "anvil")
        return self._anvil

    def stop(self) -> None:
        for node in (self._litecoin, self._anvil):
            if node is not None:
                node.stop()


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    started = Nodes(tmp_path_factory.mktemp("nodes"))
    yield started
    started.stop()


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest, settings, nodes: Nodes, tmp_path: Path, monkeypatch) -> Iterator[World]:  # type: ignore[no-untyped-def]
    match request.param:
        case "local":
            settings.ANCHOR_CONFIRMATIONS = {"local": (2, 6)}
            yield LocalWorld(settings, NOON, monkeypatch)
        case "opentimestamps":
            calendars = CalendarWorld(settings, NOON)
            yield calendars
            calendars.stop()
        case "bitcoin":
            yield LitecoinWorld(settings, nodes.litecoin(), tmp_path)
        case kind:
            yield EthereumWorld(settings, nodes.anvil(), tmp_path, contract=kind == "ethereum-contract")
