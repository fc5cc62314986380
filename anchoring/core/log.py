"""The log: one append-only RFC 9162 tree whose leaf data are the directory block hashes, by height."""

from collections.abc import Iterable

from anchoring.core.tree import Tree, leaf_hash


def log_leaf(directory_block_hash: bytes) -> bytes:
    """Leaf HASH of a directory block in the log."""
    return leaf_hash(directory_block_hash)


def log_tree(directory_block_hashes: Iterable[bytes]) -> Tree:
    """The log after the given directory blocks: `.root()`, `.inclusion_proof(height)`, `.consistency_proof(size)`."""
    return Tree.of(directory_block_hashes)
