from pathlib import Path

import pytest

from anchoring.chains.local import LocalChain


@pytest.fixture(autouse=True)
def own_log_and_chain(settings, tmp_path: Path, transactional_db) -> None:
    """Real commits, because seal and publish commit; a key and a chain that no other test has."""
    settings.DEVELOPMENT = True
    settings.LOG_ORIGIN = "hospital.example/log"
    settings.LOG_KEY_FILE = tmp_path / "log.pem"
    settings.LOCAL_CHAIN_DIR = tmp_path / "chain"
    settings.ANCHOR_CHAINS = ["local"]
    settings.SEAL_INTERVAL_SECONDS = 600


@pytest.fixture
def local(settings) -> LocalChain:
    return LocalChain(settings.LOCAL_CHAIN_DIR)


@pytest.fixture
def pending(settings) -> Path:
    """The local chain's waiting transactions, a file each."""
    return settings.LOCAL_CHAIN_DIR / "pending"
