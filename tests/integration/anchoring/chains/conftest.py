import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.anchoring.build import NOON
from tests.integration.anchoring.chains.litecoin import Litecoin
from tests.integration.anchoring.chains.worlds import LitecoinWorld, LocalWorld, World

WORLDS = ["local", "bitcoin"]


class Nodes:
    """Real nodes, started when first needed and kept while they last: a start takes seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._started = folder, 0
        self._litecoin: Litecoin | None = None

    def litecoin(self) -> Litecoin:
        if shutil.which("litecoind") is None:
            pytest.skip("no litecoind here: the Bitcoin adapter is NOT tested (tools/install_chains)")
        if self._litecoin is not None and self._litecoin.worn_out:
            self.stop()
        if self._litecoin is None:
            self._started += 1
            self._litecoin = Litecoin(self._folder / f"litecoin{self._started}")
        return self._litecoin

    def stop(self) -> None:
        if self._litecoin is not None:
            self._litecoin.stop()
            self._litecoin = None


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    started = Nodes(tmp_path_factory.mktemp("nodes"))
    yield started
    started.stop()


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest, settings, nodes: Nodes, tmp_path: Path, monkeypatch) -> World:  # type: ignore[no-untyped-def]
    if request.param == "local":
        settings.ANCHOR_CONFIRMATIONS = {"local": (2, 6)}
        return LocalWorld(settings, NOON, monkeypatch)
    return LitecoinWorld(settings, nodes.litecoin(), tmp_path)
