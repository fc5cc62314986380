"""docs/attacks.md names a test for each attack: they are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = re.findall(r"`(tests/\S+\.py)::(\w+)`", (ROOT / "docs" / "attacks.md").read_text())


def test_the_whole_table_is_there() -> None:
    assert len(TESTS) >= 21


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_the_test_of_an_attack_exists(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text()
