"""Directory blocks, the log above them, the signed checkpoints."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from anchoring import models
from anchoring.core.block import directory_tree
from anchoring.core.checkpoint import open_checkpoint
from anchoring.core.entry import NO_PREVIOUS
from anchoring.core.frontier import Frontier
from anchoring.core.log import log_leaf
from anchoring.core.tiles import TILE_WIDTH
from anchoring.core.tree import Tree
from anchoring.services.audit.finding import Defect, Finding
from anchoring.services.log import key_of
from anchoring.services.receipt import directory


def audit_log() -> Iterator[Finding]:
    """The root of every size is recomputed from the directory blocks, and compared with what was signed for it."""
    signed = dict(models.Checkpoint.objects.values_list("size", "note"))
    frontier, previous, time, height = Frontier(), NO_PREVIOUS, 0, 0
    for row in models.DirectoryBlock.objects.order_by("height").iterator(chunk_size=1000):
        what = f"directory block {row.height}"
        if row.height != height:
            yield Finding(Defect.REMOVED, what, f"directory blocks {height} to {row.height - 1} before it are missing")
        elif bytes(row.previous) != previous or directory(row).hash() != bytes(row.hash):
            yield Finding(Defect.ALTERED, what, "its header does not give its hash, or not continue the one before")
        if row.time < time:
            yield Finding(Defect.BACKDATED, what, "its time is before that of the block before it")
        previous, time, height = bytes(row.hash), row.time, row.height + 1
        frontier.append(log_leaf(previous))
        yield from _checkpoint(height, frontier.root(), signed.pop(height, None))
    for size in sorted(signed):
        yield Finding(Defect.REMOVED, f"checkpoint {size}", f"it was signed, and the log now has {height} blocks")
    yield from _directories()
    yield from _nodes()


def _checkpoint(size: int, root: bytes, note: str | None) -> Iterator[Finding]:
    what = f"checkpoint {size}"
    if note is None:
        yield Finding(Defect.REMOVED, what, "there is none for this size")
        return
    try:
        found = open_checkpoint(note, key_of(note))
    except ValueError as error:
        yield Finding(Defect.ALTERED, what, str(error))
        return
    if (found.size, found.root) != (size, root):
        yield Finding(Defect.ALTERED, what, "the directory blocks as stored do not give the root that was signed")


def _directories() -> Iterator[Finding]:
    rows = models.EntryBlock.objects.order_by("directory_id").values_list("directory_id", "chain__identifier", "hash")
    blocks = {
        height: sorted((bytes(chain), bytes(digest)) for _, chain, digest in group)
        for height, group in groupby(rows.iterator(), key=lambda row: row[0])
    }
    for height, count, root in models.DirectoryBlock.objects.values_list("height", "count", "root").iterator():
        yield from _directory(f"directory block {height}", blocks.get(height, []), count, bytes(root))


def _directory(what: str, pairs: list[tuple[bytes, bytes]], count: int, root: bytes) -> Iterator[Finding]:
    if len(pairs) != count:
        defect = Defect.REMOVED if len(pairs) < count else Defect.INSERTED
        yield Finding(defect, what, f"it was sealed with {count} entry blocks and has {len(pairs)}")
    elif directory_tree(pairs).root() != root:
        yield Finding(Defect.ALTERED, what, "its entry blocks do not give its root")


def _nodes() -> Iterator[Finding]:
    """Tiles: what `services.log` proves from."""
    leaves = models.DirectoryBlock.objects.order_by("height").values_list("hash", flat=True)
    below = [log_leaf(bytes(digest)) for digest in leaves.iterator()]
    level = 0
    while below:
        rows = models.LogNode.objects.filter(level=level).values_list("index", "hash")
        yield from _level(level, below, {index: bytes(digest) for index, digest in rows.iterator()})
        whole = len(below) // TILE_WIDTH
        below = [Tree(below[at * TILE_WIDTH : (at + 1) * TILE_WIDTH]).root() for at in range(whole)]
        level += 1


def _level(level: int, wanted: list[bytes], stored: Mapping[int, bytes]) -> Iterator[Finding]:
    for index in sorted(stored.keys() | set(range(len(wanted)))):
        what = f"log node {index} of level {level}"
        if index >= len(wanted):
            yield Finding(Defect.INSERTED, what, "the log does not reach it")
        elif index not in stored:
            yield Finding(Defect.REMOVED, what, "it is missing")
        elif stored[index] != wanted[index]:
            yield Finding(Defect.ALTERED, what, "it is not the hash of what is below it")
