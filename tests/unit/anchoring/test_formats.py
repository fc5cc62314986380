"""The byte formats of docs/formats.md, held by the vectors printed there."""

from pathlib import Path

import pytest

from anchoring.core.block import DirectoryBlock, EntryBlock, directory_tree
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.encoding import Malformed
from anchoring.core.entry import NO_PREVIOUS, Entry
from anchoring.core.hashing import commitment, sha256
from anchoring.core.payload import Payload
from anchoring.core.receipt import load
from anchoring.core.tree import EMPTY_ROOT
from tests.unit.anchoring.broken import EXAMPLE
from tests.unit.anchoring.build import DOCUMENT, SALT, SIGNER, chain_id

FORMATS = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text()
RECEIPT = load(EXAMPLE)
CHECKPOINT = Checkpoint.parse(RECEIPT.checkpoint.split("\n\n")[0] + "\n")


@pytest.mark.parametrize(
    "value",
    [
        sha256(DOCUMENT),
        SALT,
        commitment(SALT, sha256(DOCUMENT)),
        RECEIPT.entry.hash(),
        RECEIPT.entry_block.hash(),
        RECEIPT.directory_block.hash(),
        CHECKPOINT.digest(),
        SIGNER.seed,
    ],
)
def test_the_document_prints_what_the_code_computes(value: bytes) -> None:
    assert value.hex() in FORMATS


def test_the_document_prints_the_payload_and_the_key() -> None:
    payload = Payload.of(CHECKPOINT).encode().hex()
    assert payload in "".join(FORMATS.split())
    assert SIGNER.verifier.vkey in FORMATS


def test_a_commitment_needs_both_parts_whole() -> None:
    with pytest.raises(Malformed, match="salt must be 32 bytes, not 31"):
        commitment(SALT[1:], sha256(DOCUMENT))


def test_an_entry_reads_back() -> None:
    assert Entry.decode(RECEIPT.entry.encode()) == RECEIPT.entry


@pytest.mark.parametrize("raw", [b"", RECEIPT.entry.encode()[:-1], b"x" + RECEIPT.entry.encode()[1:]])
def test_bytes_that_are_no_entry_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="an entry is 131 bytes"):
        Entry.decode(raw)


@pytest.mark.parametrize("sequence", [-1, 2**64])
def test_a_number_that_does_not_fit_is_refused(sequence: int) -> None:
    with pytest.raises(Malformed, match="64-bit"):
        Entry(chain_id(0), sequence, NO_PREVIOUS, 0, SALT).encode()


def test_an_entry_block_is_never_empty() -> None:
    with pytest.raises(Malformed, match="at least one entry"):
        EntryBlock(chain_id(0), 0, 0, NO_PREVIOUS, 0, 0, EMPTY_ROOT).encode()


def test_a_directory_block_may_be_empty() -> None:
    tree = directory_tree([])
    assert DirectoryBlock(0, NO_PREVIOUS, 0, tree.size, tree.root()).root == EMPTY_ROOT


@pytest.mark.parametrize("chains", [[b"b" * 32, b"a" * 32], [b"a" * 32, b"a" * 32]])
def test_a_directory_out_of_order_is_refused(chains: list[bytes]) -> None:
    """Order is what lets two neighbours prove that nothing stands between them."""
    with pytest.raises(Malformed, match="ascending"):
        directory_tree([(chain, SALT) for chain in chains])


@pytest.mark.parametrize("raw", [b"", bytes(72), Payload.of(CHECKPOINT).encode() + b"\0"])
def test_bytes_that_are_no_payload_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="72 bytes that begin with 4db1"):
        Payload.decode(raw)


def test_a_payload_fits_one_data_output_and_reads_back() -> None:
    payload = Payload.of(CHECKPOINT)
    assert len(payload.encode()) <= 80
    assert Payload.decode(payload.encode()) == payload
