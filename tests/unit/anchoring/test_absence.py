"""Two neighbours of the sorted directory prove that nothing stands between them."""

from dataclasses import replace
from pathlib import Path

import pytest

from anchoring.core.absence import Absence, check_absence, prove_absence
from anchoring.core.block import DirectoryBlock, directory_tree
from anchoring.core.encoding import Malformed
from anchoring.core.entry import NO_PREVIOUS
from anchoring.core.hashing import sha256
from anchoring.core.tree import ProofError
from tests.unit.anchoring.build import chain_id

FORMATS = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text()
PRESENT = sorted((chain_id(n), sha256(b"block %d" % n)) for n in range(5))
LOWEST, HIGHEST = bytes(32), b"\xff" * 32


def directory(pairs: list[tuple[bytes, bytes]]) -> DirectoryBlock:
    return DirectoryBlock(0, NO_PREVIOUS, 0, len(pairs), directory_tree(pairs).root())


@pytest.mark.parametrize("count", range(6))
@pytest.mark.parametrize("chain", [LOWEST, HIGHEST, *(chain_id(n) for n in range(5, 12))])
def test_every_absent_chain_has_a_proof(count: int, chain: bytes) -> None:
    pairs = PRESENT[:count]
    check_absence(chain, directory(pairs), prove_absence(chain, pairs))


def test_a_chain_that_is_there_has_none() -> None:
    with pytest.raises(Malformed, match="is in the directory"):
        prove_absence(PRESENT[2][0], PRESENT)


def test_pairs_with_one_between_them_prove_nothing() -> None:
    hidden = PRESENT[2][0]
    pairs = [pair for pair in PRESENT if pair[0] != hidden]
    apart = prove_absence(hidden, pairs)
    whole = prove_absence(HIGHEST, PRESENT[:2]).before, prove_absence(LOWEST, PRESENT[3:]).after
    for proof in (apart, Absence(*whole)):
        with pytest.raises(ProofError):
            check_absence(hidden, directory(PRESENT), proof)


def test_the_proof_of_another_chain_is_refused() -> None:
    proof = prove_absence(LOWEST, PRESENT)
    with pytest.raises(ProofError, match="not stand between"):
        check_absence(HIGHEST, directory(PRESENT), proof)


def test_a_missing_neighbour_is_no_end_of_the_directory() -> None:
    proof = prove_absence(chain_id(7), PRESENT)
    for cut in (replace(proof, before=None), replace(proof, after=None), Absence(None, None)):
        if cut != proof:
            with pytest.raises(ProofError):
                check_absence(chain_id(7), directory(PRESENT), cut)


def test_the_document_prints_this_directory() -> None:
    """The vector of docs/formats.md section 11."""
    assert directory_tree(PRESENT).root().hex() in FORMATS
    proof = prove_absence(chain_id(8), PRESENT)
    assert proof.before
    assert proof.after
    for neighbour in (proof.before, proof.after):
        assert neighbour.chain.hex() in FORMATS
        assert all(node.hex() in FORMATS for node in neighbour.path)
