"""Entry blocks (one chain, one interval) and directory blocks (all chains, one interval). docs/formats.md section 3."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from anchoring.core.encoding import Malformed, hash32, u64
from anchoring.core.hashing import sha256
from anchoring.core.tree import Tree

ENTRY_BLOCK_TAG = b"MedBridge/entry-block/v1\x00"
DIRECTORY_BLOCK_TAG = b"MedBridge/directory-block/v1\x00"


@dataclass(frozen=True, slots=True)
class EntryBlock:
    """The header. `sequence` counts the chain's blocks from 0; `height` is that of the directory block it is in;
    `first` is the sequence of its first entry, `count` (at least 1) how many follow without a gap, `root` the RFC 9162
    root over the entry hashes as leaf data."""

    chain: bytes
    sequence: int
    height: int
    previous: bytes
    first: int
    count: int
    root: bytes

    def encode(self) -> bytes:
        """Raises Malformed when a field has the wrong size."""
        if self.count < 1:
            raise Malformed("an entry block holds at least one entry")
        return b"".join(
            (
                ENTRY_BLOCK_TAG,
                hash32(self.chain, "entry block chain"),
                u64(self.sequence),
                u64(self.height),
                hash32(self.previous, "entry block previous"),
                u64(self.first),
                u64(self.count),
                hash32(self.root, "entry block root"),
            )
        )

    def hash(self) -> bytes:
        return sha256(self.encode())


@dataclass(frozen=True, slots=True)
class DirectoryBlock:
    """The header. `height` counts from 0 and is the index of its leaf in the log; `time` is milliseconds since 1970,
    the operator's word; `count` may be 0; `root` is the RFC 9162 root over `directory_leaf`s in chain order."""

    height: int
    previous: bytes
    time: int
    count: int
    root: bytes

    def encode(self) -> bytes:
        """Raises Malformed when a field has the wrong size."""
        return b"".join(
            (
                DIRECTORY_BLOCK_TAG,
                u64(self.height),
                hash32(self.previous, "directory block previous"),
                u64(self.time),
                u64(self.count),
                hash32(self.root, "directory block root"),
            )
        )

    def hash(self) -> bytes:
        return sha256(self.encode())


def entry_tree(entry_hashes: Iterable[bytes]) -> Tree:
    """The tree of an entry block, for its root and the inclusion proof of each entry."""
    return Tree.of(entry_hashes)


def directory_leaf(chain: bytes, entry_block_hash: bytes) -> bytes:
    """Leaf DATA of the directory tree."""
    return hash32(chain, "chain") + hash32(entry_block_hash, "entry block hash")


def directory_tree(pairs: Sequence[tuple[bytes, bytes]]) -> Tree:
    """The tree over (chain, entry block hash) pairs. Strictly ascending chains, so that two neighbours prove the
    absence of every chain between them; raises Malformed otherwise."""
    chains = [chain for chain, _ in pairs]
    if any(later <= earlier for earlier, later in pairwise(chains)):
        raise Malformed("directory pairs must be in ascending order of chain, each chain once")
    return Tree.of(directory_leaf(chain, block) for chain, block in pairs)
