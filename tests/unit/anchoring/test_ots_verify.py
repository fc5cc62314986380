"""`ots verify`, the whole client, against a node of the local chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.anchoring.node import ots_verify, serving

VECTORS = Path(__file__).parent / "vectors"


@pytest.fixture
def node() -> Iterator[str]:
    with serving((VECTORS / "headers").read_bytes()) as url:
        yield url


def test_the_client_verifies_our_file(node: str) -> None:
    done = ots_verify(node, VECTORS / "document", VECTORS / "example.ots")
    assert done.returncode == 0, done.stderr
    assert "Success! Bitcoin block 102 attests existence as of 2026-11-23" in done.stderr


def test_the_client_refuses_another_document(node: str, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes((VECTORS / "document").read_bytes() + b" ")
    done = ots_verify(node, tmp_path / "other", VECTORS / "example.ots")
    assert done.returncode != 0
    assert "does not match original" in done.stderr
