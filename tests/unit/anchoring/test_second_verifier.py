"""docs/formats.md is enough to write another verifier: the second one agrees with ours, receipt by receipt."""

import json
from pathlib import Path

import pytest

from anchoring.core.hashing import sha256
from anchoring.core.verify import verify_bytes
from tests.unit.anchoring import second_verifier
from tests.unit.anchoring.broken import BROKEN, EXAMPLE, dumped

VECTORS = Path(__file__).parent / "vectors"
DOCUMENT = (VECTORS / "document").read_bytes()


def both(raw: bytes, document: bytes) -> tuple[str, str]:
    return second_verifier.verify(raw, document), verify_bytes(raw, document=sha256(document)).result.value


def test_agree_on_the_good_receipt() -> None:
    assert both(EXAMPLE, DOCUMENT) == ("VALID", "VALID")


def test_agree_on_a_receipt_without_anchor() -> None:
    receipt = json.loads(EXAMPLE) | {"anchors": []}
    assert both(dumped(receipt), DOCUMENT) == ("VALID_UNANCHORED", "VALID_UNANCHORED")


def test_agree_on_a_changed_document() -> None:
    assert both(EXAMPLE, DOCUMENT + b"\n") == ("INVALID", "INVALID")


@pytest.mark.parametrize("defect", BROKEN)
def test_agree_on_broken_receipts(defect: str) -> None:
    assert both(BROKEN[defect].raw, DOCUMENT) == ("INVALID", "INVALID")


def test_has_at_most_150_lines() -> None:
    assert len(Path(second_verifier.__file__).read_text().splitlines()) <= 150
