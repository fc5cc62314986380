"""The right edge of a growing tree: its root after every leaf, in memory of O(log n)."""

from functools import reduce

from anchoring.core.tree import EMPTY_ROOT, node_hash


class Frontier:
    """The roots of the complete subtrees of RFC 9162's split, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._nodes: list[bytes] = []

    def append(self, leaf_hash: bytes) -> None:
        node, size = leaf_hash, self.size
        while size & 1:
            node, size = node_hash(self._nodes.pop(), node), size >> 1
        self._nodes.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._nodes:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self._nodes))
