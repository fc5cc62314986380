"""The JavaScript clients, each a script that exits with an error when something is not as it expects."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Server

FOLDER = Path(__file__).parent / "javascript"

pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not (FOLDER / "node_modules").exists(),
    reason="NO NODE: tools/install_javascript could not install Node.js and the npm clients; they were NOT run",
)


@pytest.mark.parametrize("client", ["fhir_kit_client", "fhirclient", "medplum_core"])
def test_client(server: Server, client: str) -> None:
    command = ["node", str(FOLDER / f"{client}.mjs"), server.fhir, server.feed]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-3000:]
