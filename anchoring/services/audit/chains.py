"""Entries and entry blocks of one chain, in order, a block in memory at a time."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from anchoring import models
from anchoring.core.block import entry_tree
from anchoring.core.entry import NO_PREVIOUS, Entry
from anchoring.core.tiles import TILE_HEIGHT
from anchoring.services.audit.finding import Defect, Finding
from anchoring.services.receipt import header

COMPARED = 200  # altered entries of one block that are compared with each other, to tell a swap from an alteration


class Row(NamedTuple):
    sequence: int
    time: int
    commitment: bytes
    hash: bytes


def audit_chain(chain: models.Chain) -> Iterator[Finding]:
    name, first, previous, head, number = bytes(chain.identifier), 0, NO_PREVIOUS, NO_PREVIOUS, 0
    for block in models.EntryBlock.objects.filter(chain=chain).select_related("directory").order_by("sequence"):
        what = f"entry block {block.sequence} of chain {name.hex()[:16]}"
        yield from _order(what, block, number, first, previous)
        rows = _rows(chain, block)
        yield from _entries(name, block, rows, head)
        yield from _block(what, name, block, rows)
        first, previous, number = block.first + block.count, bytes(block.hash), block.sequence + 1
        head = rows[-1].hash if rows else head
    yield from _beyond(chain, name, first)


def _order(what: str, block: models.EntryBlock, number: int, first: int, previous: bytes) -> Iterator[Finding]:
    if block.sequence != number:
        yield Finding(Defect.REMOVED, what, f"blocks {number} to {block.sequence - 1} before it are missing")
    elif block.first != first or bytes(block.previous) != previous:
        yield Finding(Defect.ALTERED, what, "it does not continue the block before it")


def _rows(chain: models.Chain, block: models.EntryBlock) -> list[Row]:
    within = models.Entry.objects.filter(chain=chain, sequence__gte=block.first, sequence__lt=block.first + block.count)
    values = within.order_by("sequence").values_list("sequence", "time", "commitment", "hash")
    return [Row(sequence, time, bytes(value), bytes(digest)) for sequence, time, value, digest in values.iterator()]


def _entries(name: bytes, block: models.EntryBlock, rows: Sequence[Row], head: bytes) -> Iterator[Finding]:
    present = {row.sequence for row in rows}
    for sequence in range(block.first, block.first + block.count):
        if sequence not in present:
            yield Finding(Defect.REMOVED, _named(name, sequence), "it is missing from its block")
    before = dict(zip((row.sequence + 1 for row in rows), (row.hash for row in rows), strict=True))
    before[block.first] = head
    wrong = [row for row in rows if _hash(name, row, row, before) not in (None, row.hash)]
    for row in wrong:
        yield _told(name, row, wrong[:COMPARED], before)
    for row in rows:
        if row.time > block.directory.time:
            yield Finding(Defect.ALTERED, _named(name, row.sequence), "its time is later than that of its block")


def _hash(name: bytes, place: Row, content: Row, before: dict[int, bytes]) -> bytes | None:
    """Of the entry that holds `content` at `place`; None when the entry before it is missing."""
    previous = before.get(place.sequence)
    return previous and Entry(name, place.sequence, previous, content.time, content.commitment).hash()


def _told(name: bytes, row: Row, others: Sequence[Row], before: dict[int, bytes]) -> Finding:
    for other in others:
        if other is not row and _hash(name, row, other, before) == row.hash:
            sentence = f"it holds what was sealed as entry {other.sequence}, or the other way round"
            return Finding(Defect.REORDERED, _named(name, row.sequence), sentence)
    return Finding(Defect.ALTERED, _named(name, row.sequence), "its time or commitment is not what was sealed")


def _block(what: str, name: bytes, block: models.EntryBlock, rows: Sequence[Row]) -> Iterator[Finding]:
    tree = entry_tree(row.hash for row in rows)
    if len(rows) == block.count and tree.root() != bytes(block.root):
        yield Finding(Defect.ALTERED, what, "the hashes of its entries do not give its root")
    elif len(rows) == block.count and b"".join(tree.levels[: TILE_HEIGHT + 1][-1]) != bytes(block.subtrees):
        yield Finding(Defect.ALTERED, what, "its stored subtrees are not those of its entries")
    if header(block, name).hash() != bytes(block.hash):
        yield Finding(Defect.ALTERED, what, "its header does not give its hash")


def _beyond(chain: models.Chain, name: bytes, first: int) -> Iterator[Finding]:
    beyond = models.Entry.objects.filter(chain=chain, sequence__gte=first).order_by("sequence")
    for sequence in beyond.values_list("sequence", flat=True).iterator():
        yield Finding(Defect.INSERTED, _named(name, sequence), "no block of the log holds it")
    if chain.next_sequence != first and not beyond.exists():
        gone = f"the chain counts {chain.next_sequence} entries, its blocks hold {first}"
        yield Finding(Defect.REMOVED, f"chain {name.hex()[:16]}", gone)


def _named(name: bytes, sequence: int) -> str:
    return f"entry {sequence} of chain {name.hex()[:16]}"
