"""Proof that a directory block holds no entry block of a chain: its two neighbours in the sorted directory.

docs/formats.md section 11. With an inclusion promise it proves an omission.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from anchoring.core.block import DirectoryBlock, directory_leaf, directory_tree
from anchoring.core.encoding import Malformed
from anchoring.core.tree import EMPTY_ROOT, ProofError, check_inclusion, leaf_hash


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A pair of the directory, with its inclusion path."""

    chain: bytes
    block: bytes
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """`before` and `after` are the pairs between which the chain would stand; None at an end of the directory."""

    before: Neighbour | None
    after: Neighbour | None


def prove_absence(chain: bytes, pairs: Sequence[tuple[bytes, bytes]]) -> Absence:
    """From the sorted (chain, entry block hash) pairs. Raises Malformed when the chain is there."""
    place = bisect_left([identifier for identifier, _ in pairs], chain)
    if place < len(pairs) and pairs[place][0] == chain:
        raise Malformed(f"chain {chain.hex()} is in the directory")
    tree = directory_tree(pairs)

    def neighbour(index: int) -> Neighbour:
        return Neighbour(*pairs[index], index, tuple(tree.inclusion_proof(index)))

    return Absence(neighbour(place - 1) if place else None, neighbour(place) if place < len(pairs) else None)


def check_absence(chain: bytes, directory: DirectoryBlock, proof: Absence) -> None:
    """The directory block's header must itself be proved to be in the log. Raises ProofError."""
    before, after = proof.before, proof.after
    if directory.count == 0:
        if before or after or directory.root != EMPTY_ROOT:
            raise ProofError("an empty directory has no pairs and the root of the empty tree")
        return
    for neighbour in filter(None, (before, after)):
        leaf = leaf_hash(directory_leaf(neighbour.chain, neighbour.block))
        check_inclusion(leaf, neighbour.index, directory.count, neighbour.path, directory.root)
    if (before.index + 1 if before else 0) != (after.index if after else directory.count):
        raise ProofError("the two pairs are not next to each other in the directory")
    if (before and before.chain >= chain) or (after and after.chain <= chain):
        raise ProofError(f"chain {chain.hex()} would not stand between these pairs")
