"""The shipped bytecode is what the named compiler makes of the shipped source."""

import re
from pathlib import Path

import pytest

from anchoring.chains.ethereum import contract
from anchoring.core.ethereum.transaction import SELECTOR

FOLDER = Path(contract.__file__).parent
SOURCE = (FOLDER / "Anchors.vy").read_text()
vyper = pytest.importorskip("vyper", reason="no vyper here: the contract's bytecode is NOT compared")


def test_the_compiler_is_the_one_that_the_source_names() -> None:
    assert re.search(r"^# pragma version (.+)$", SOURCE, re.MULTILINE)[1] == vyper.__version__.partition("+")[0]  # type: ignore[index]


def test_the_bytecode_is_the_sources() -> None:
    compiled = vyper.compile_code(SOURCE, output_formats=["bytecode", "method_identifiers"])
    assert compiled["bytecode"] == (FOLDER / "Anchors.bin").read_text().strip()
    assert compiled["method_identifiers"]["anchor(uint64,bytes)"] == "0x" + SELECTOR.hex()
