"""A whole example in memory: entries, blocks, log, the local chain, receipt."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path as File

from anchoring.chains.interface import Place, Signed
from anchoring.chains.local import LocalChain
from anchoring.core.block import DirectoryBlock, EntryBlock, directory_tree, entry_tree
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.entry import NO_PREVIOUS, Entry
from anchoring.core.hashing import commitment, sha256
from anchoring.core.log import log_tree
from anchoring.core.note import Signer
from anchoring.core.payload import Payload
from anchoring.core.receipt import Anchor, Path, Receipt

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TIME = 1_795_435_200_000
DOCUMENT = b'{"resourceType":"Observation","id":"bp-1","status":"final"}'
SALT = sha256(b"salt of Alice's record")
SIGNER = Signer("log.example/anchoring", sha256(b"a log key for tests"))
MALLORY = Signer("log.example/anchoring", sha256(b"Mallory's key under the log's name"))


def chain_id(number: int) -> bytes:
    return sha256(b"chain %d" % number)


@dataclass
class Log:
    """A log being written; `blocks` are the directory blocks so far."""

    blocks: list[DirectoryBlock] = field(default_factory=list)

    def add(self, pairs: list[tuple[bytes, bytes]]) -> DirectoryBlock:
        previous = self.blocks[-1].hash() if self.blocks else NO_PREVIOUS
        tree = directory_tree(pairs)
        self.blocks.append(DirectoryBlock(len(self.blocks), previous, TIME + 1000, len(pairs), tree.root()))
        return self.blocks[-1]

    def hashes(self) -> list[bytes]:
        return [block.hash() for block in self.blocks]

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(SIGNER.name, size, log_tree(self.hashes()[:size]).root())


def entries(chain: bytes, count: int, mine: int) -> list[Entry]:
    """A chain of entries in which number `mine` is that of DOCUMENT."""
    made: list[Entry] = []
    for sequence in range(count):
        value = commitment(SALT, sha256(DOCUMENT)) if sequence == mine else sha256(b"noise %d" % sequence)
        previous = made[-1].hash() if made else NO_PREVIOUS
        made.append(Entry(chain, sequence, previous, TIME + sequence, value))
    return made


def unanchored(log: Log, *, count: int = 5, mine: int = 3, chains: int = 3, before: int = 2, after: int = 1) -> Receipt:
    """Writes the log and gives the receipt for DOCUMENT in its newest checkpoint."""
    for _ in range(before):
        log.add([])
    chain = chain_id(0)
    made = entries(chain, count, mine)
    tree = entry_tree(entry.hash() for entry in made)
    block = EntryBlock(chain, 0, len(log.blocks), NO_PREVIOUS, 0, count, tree.root())
    pairs = sorted([(chain, block.hash()), *((chain_id(n), sha256(b"block %d" % n)) for n in range(1, chains))])
    directory = log.add(pairs)
    for _ in range(after):
        log.add([])
    place = pairs.index((chain, block.hash()))
    size = len(log.blocks)
    return Receipt(
        document=sha256(DOCUMENT),
        salt=SALT,
        entry=made[mine],
        entry_path=Path(mine, tuple(tree.inclusion_proof(mine))),
        entry_block=block,
        directory_path=Path(place, tuple(directory_tree(pairs).inclusion_proof(place))),
        directory_block=directory,
        log_path=Path(directory.height, tuple(log_tree(log.hashes()).inclusion_proof(directory.height))),
        checkpoint=log.checkpoint(size).sign(SIGNER),
        log_key=SIGNER.verifier.vkey,
    )


def anchor(log: Log, receipt: Receipt, chain: LocalChain, *, size: int, blocks: int = 3) -> Anchor:
    """The log of `size` directory blocks, anchored on the local chain; two anchors share the block."""
    checkpoint = log.checkpoint(size)
    ours = chain.build(Payload.of(checkpoint).encode())
    chain.send(ours.raw)
    chain.send(chain.build(b"someone else's data").raw)
    for _ in range(blocks):
        chain.mine(now=NOW)
    own = Checkpoint.parse(receipt.checkpoint.split("\n\n")[0] + "\n").size
    older, newer = sorted((own, size))
    path = log_tree(log.hashes()[:newer]).consistency_proof(older) if older != newer else []
    return Anchor("local", checkpoint.sign(SIGNER), tuple(path), chain.proof(ours, mined_at(chain, ours)))


def mined_at(chain: LocalChain, signed: Signed) -> Place:
    place = chain.poll(signed).place
    assert place is not None
    return place


def anchored(directory: File, *, extra: int = 2) -> tuple[Receipt, LocalChain]:
    """A receipt with two anchors: of its own checkpoint, and of the log `extra` blocks later."""
    log, chain = Log(), LocalChain(directory)
    receipt = unanchored(log)
    size = len(log.blocks)
    first = anchor(log, receipt, chain, size=size)
    for _ in range(extra):
        log.add([])
    second = anchor(log, receipt, chain, size=size + extra)
    return replace(receipt, anchors=(first, second)), chain
