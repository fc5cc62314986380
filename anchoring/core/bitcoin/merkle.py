"""Bitcoin's transaction tree: double SHA-256, no prefixes, an odd last node paired with itself."""

from collections.abc import Sequence

from anchoring.core.hashing import sha256d
from anchoring.core.tree import ProofError


def merkle_root(txids: Sequence[bytes]) -> bytes:
    """Of at least one txid (internal order)."""
    return _levels(txids)[-1][0]


def merkle_path(txids: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings of txid `index`, leaf side first; where a node is paired with itself, the node itself."""
    path = []
    for level in _levels(txids)[:-1]:
        path.append(level[min(index ^ 1, len(level) - 1)])
        index >>= 1
    return path


def _levels(txids: Sequence[bytes]) -> list[list[bytes]]:
    levels = [list(txids)]
    while len(below := levels[-1]) > 1:
        even = [*below, below[-1]] if len(below) % 2 else below
        levels.append([sha256d(even[i] + even[i + 1]) for i in range(0, len(even), 2)])
    return levels


def check_merkle_path(txid: bytes, index: int, path: Sequence[bytes], root: bytes) -> None:
    """Raises ProofError. A node may equal its right sibling (Bitcoin's odd last node), never its left one: that is
    the copy behind CVE-2012-2459, and would give one transaction two indexes."""
    if index >> len(path):
        raise ProofError(f"transaction index {index} does not fit a path of {len(path)}")
    current = txid
    for level, sibling in enumerate(path):
        if index >> level & 1:
            if sibling == current:
                raise ProofError(f"the block path repeats a node on its left at level {level} (CVE-2012-2459)")
            current = sha256d(sibling + current)
        else:
            current = sha256d(current + sibling)
    if current != root:
        raise ProofError(f"the block path leads to {current[::-1].hex()}, not to the header's {root[::-1].hex()}")
