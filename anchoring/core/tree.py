"""RFC 9162 section 2.1: Merkle trees, inclusion proofs, consistency proofs."""

from collections.abc import Iterable, Sequence
from hashlib import sha256 as _sha256

LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"
EMPTY_ROOT = _sha256(b"").digest()


class ProofError(ValueError):
    """A proof that does not hold; the message says which rule it breaks."""


def leaf_hash(data: bytes) -> bytes:
    return _sha256(LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return _sha256(NODE_PREFIX + left + right).digest()


class Tree:
    """All levels of one tree, built once in O(n), so that each proof costs O(log n).

    `levels[0]` are the leaf hashes; an odd last node is promoted unchanged, which gives RFC 9162's split at the
    largest power of two. Memory is about 2 n hashes.
    """

    def __init__(self, leaf_hashes: Iterable[bytes]) -> None:
        self.levels: list[list[bytes]] = [list(leaf_hashes)]
        while len(below := self.levels[-1]) > 1:
            pairs = iter(below)
            level = [_sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
            if len(below) % 2:
                level.append(below[-1])
            self.levels.append(level)

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> "Tree":
        """The tree over leaf data (not yet hashed)."""
        return cls(_sha256(b"\x00" + leaf).digest() for leaf in leaves)

    @property
    def size(self) -> int:
        return len(self.levels[0])

    def root(self) -> bytes:
        """MTH(D[n])."""
        return self.levels[-1][0] if self.size else EMPTY_ROOT

    def inclusion_proof(self, index: int) -> list[bytes]:
        """PATH(index, D[n]), leaf side first. Raises IndexError outside the tree."""
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} is not in a tree of {self.size}")
        path = []
        for level in self.levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return path

    def consistency_proof(self, first: int) -> list[bytes]:
        """PROOF(first, D[n]). Raises IndexError unless 0 < first <= n."""
        if not 0 < first <= self.size:
            raise IndexError(f"no consistency proof from {first} leaves in a tree of {self.size}")
        path: list[bytes] = []
        low, high, whole = 0, self.size, True
        while first != high:
            split = low + _largest_power_below(high - low)
            if first <= split:
                path.append(self._range(split, high))
                high = split
            else:
                path.append(self._range(low, split))
                low, whole = split, False
        if not whole:
            path.append(self._range(low, high))
        return path[::-1]

    def _range(self, low: int, high: int) -> bytes:
        """MTH of D[low:high], which is complete or ends at n: always a node that `levels` holds."""
        level = (high - low - 1).bit_length()
        return self.levels[level][low >> level]


def _largest_power_below(n: int) -> int:
    return 1 << ((n - 1).bit_length() - 1)


def root(leaves: Iterable[bytes]) -> bytes:
    """MTH of leaf data."""
    return Tree.of(leaves).root()


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2. `leaf` is the leaf HASH; `size` must come from something signed or hashed.

    Raises ProofError.
    """
    if not 0 <= index < size:
        raise ProofError(f"index {index} is not below the tree size {size}")
    fn, sn, current = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            raise ProofError(f"the path is longer than a tree of {size} allows")
        if fn & 1 or fn == sn:
            current = node_hash(sibling, current)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            current = node_hash(current, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError(f"the path is shorter than a tree of {size} needs")
    if current != root:
        raise ProofError(f"the path leads to {current.hex()}, not to the root {root.hex()}")


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    try:
        check_inclusion(leaf, index, size, path, root)
    except ProofError:
        return False
    return True


def check_consistency(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> None:
    """RFC 9162 section 2.1.4.2: the tree of `first` leaves is a prefix of the tree of `second`. Raises ProofError."""
    if not 0 < first <= second:
        raise ProofError(f"no consistency from size {first} to size {second}")
    if first == second:
        if path:
            raise ProofError("equal sizes need an empty consistency path")
        if first_root != second_root:
            raise ProofError(f"two different roots for one size {first}")
        return
    old, new = _consistency_roots(first, second, [first_root, *path] if first & (first - 1) == 0 else list(path))
    if old != first_root:
        raise ProofError(f"the path leads to {old.hex()}, not to the older root {first_root.hex()}")
    if new != second_root:
        raise ProofError(f"the path leads to {new.hex()}, not to the newer root {second_root.hex()}")


def _consistency_roots(first: int, second: int, path: list[bytes]) -> tuple[bytes, bytes]:
    if not path:
        raise ProofError("the consistency path is empty")
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if sn == 0:
            raise ProofError("the consistency path is too long")
        if fn & 1 or fn == sn:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError("the consistency path is too short")
    return old, new


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    try:
        check_consistency(first, second, first_root, second_root, path)
    except ProofError:
        return False
    return True
