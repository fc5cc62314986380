"""The trie over a block's transactions or receipts, built anew: no standard call gives a proof (execution-apis 372)."""

from collections.abc import Sequence

from anchoring.core.ethereum.keccak import keccak256
from anchoring.core.ethereum.rlp import Item, decode, encode, integer
from anchoring.core.ethereum.trie import nibbles

_HASHED_FROM = 32  # bytes; a shorter node stands in its parent as such
Pair = tuple[tuple[int, ...], bytes]


class Trie:
    """Value number i is at key RLP(i), Yellow Paper section 4.4.3. At least one value."""

    def __init__(self, values: Sequence[bytes]) -> None:
        self._stored: dict[bytes, bytes] = {}
        pairs = sorted((nibbles(encode(integer(place))), value) for place, value in enumerate(values))
        self._root = encode(self._node(pairs, 0))
        self.root = keccak256(self._root)

    def proof(self, place: int) -> tuple[bytes, ...]:
        """The hashed nodes from the root to value number `place`, as `core.ethereum.trie.check_proof` wants them."""
        found, rest = [self._root], nibbles(encode(integer(place)))
        node: Item = decode(self._root)
        while not isinstance(node, bytes):
            node, rest = _below(node, rest)
            if isinstance(node, bytes) and node in self._stored:
                found.append(self._stored[node])
                node = decode(self._stored[node])
        return tuple(found)

    def _node(self, pairs: Sequence[Pair], depth: int) -> Item:
        first, last = pairs[0][0], pairs[-1][0]
        if len(pairs) == 1:
            return [_compact(first[depth:], leaf=True), pairs[0][1]]
        end = depth
        while end < len(first) and first[end] == last[end]:  # sorted: what these share, all share
            end += 1
        branch = self._branch(pairs, end)
        return branch if end == depth else [_compact(first[depth:end], leaf=False), self._reference(branch)]

    def _branch(self, pairs: Sequence[Pair], depth: int) -> Item:
        """No key is the beginning of another: RLP tells where it ends."""
        groups: list[list[Pair]] = [[] for _ in range(16)]
        for pair in pairs:
            groups[pair[0][depth]].append(pair)
        children = [self._reference(self._node(group, depth + 1)) if group else b"" for group in groups]
        return [*children, b""]

    def _reference(self, node: Item) -> Item:
        raw = encode(node)
        if len(raw) < _HASHED_FROM:
            return node
        digest = keccak256(raw)
        self._stored[digest] = raw
        return digest


def _below(node: Sequence[Item], rest: tuple[int, ...]) -> tuple[Item, tuple[int, ...]]:
    if len(node) == 17:
        return node[rest[0]], rest[1:]
    path = node[0]
    assert isinstance(path, bytes)  # noqa: S101 - made by _compact
    taken = 2 * len(path) - (1 if path[0] >> 4 & 1 else 2)
    return node[1], rest[taken:]


def _compact(path: Sequence[int], *, leaf: bool) -> bytes:
    """Hex-prefix encoding, appendix C."""
    flag = 2 * leaf + len(path) % 2
    whole = (flag, *path) if len(path) % 2 else (flag, 0, *path)
    return bytes(whole[at] << 4 | whole[at + 1] for at in range(0, len(whole), 2))
