"""Merkle Patricia proofs: Yellow Paper appendix D. Nodes are RLP; one below 32 bytes stands in its parent."""

from collections.abc import Sequence

from anchoring.core.encoding import Malformed
from anchoring.core.ethereum.keccak import keccak256
from anchoring.core.ethereum.rlp import Item, decode
from anchoring.core.tree import ProofError

MAX_NODES = 16  # a key of two or three bytes, six nibbles; each node takes one at least
_BRANCH, _SHORT = 17, 2


def nibbles(key: bytes) -> tuple[int, ...]:
    return tuple(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def check_proof(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes:
    """The value at `key` under `root` (32 bytes). `nodes`: root first, each named by its hash in the one before, none
    left over. Raises ProofError, Malformed."""
    if not 0 < len(nodes) <= MAX_NODES:
        raise Malformed(f"a trie proof has 1 to {MAX_NODES} nodes, not {len(nodes)}")
    waiting, rest, used = list(nodes), nibbles(key), 0
    reference: Item = root
    while True:
        node = _resolve(reference, waiting, used)
        used += isinstance(reference, bytes)
        reference, rest, done = _step(node, rest)
        if done:
            break
    if waiting[used:]:
        raise ProofError(f"{len(waiting) - used} nodes of the trie proof are not on the way to its value")
    if not isinstance(reference, bytes) or not reference:
        raise ProofError("the trie proof leads to no value")
    return reference


def _resolve(reference: Item, nodes: Sequence[bytes], used: int) -> list[Item]:
    """The node that a parent, or the header, names."""
    if isinstance(reference, bytes):
        if used >= len(nodes):
            raise ProofError("the trie proof ends before its value")
        if keccak256(nodes[used]) != reference:
            raise ProofError(f"node {used} of the trie proof is not the one that its parent names")
        reference = decode(nodes[used])
    if isinstance(reference, bytes) or len(reference) not in (_BRANCH, _SHORT):
        raise Malformed(f"node {used} of the trie proof is neither branch, extension nor leaf")
    return list(reference)


def _step(node: list[Item], rest: tuple[int, ...]) -> tuple[Item, tuple[int, ...], bool]:
    """Where the node leads, the nibbles left, and whether that is the value."""
    if len(node) == _BRANCH:
        return (node[rest[0]], rest[1:], False) if rest else (node[16], rest, True)
    part, leaf = _compact(node[0])
    if rest[: len(part)] != part or (leaf and len(rest) != len(part)):
        raise ProofError("the trie proof leads past its key")
    return node[1], rest[len(part) :], leaf


def _compact(path: Item) -> tuple[tuple[int, ...], bool]:
    """Hex-prefix encoding, appendix C: (nibbles, whether it is a leaf's)."""
    if not isinstance(path, bytes) or not path or path[0] >> 4 > 3:
        raise Malformed("a node of the trie proof has no valid path")
    flag, spelled = path[0] >> 4, nibbles(path)
    if not flag & 1 and spelled[1]:
        raise Malformed("a node of the trie proof has no valid path")
    return spelled[1 if flag & 1 else 2 :], flag >= 2
