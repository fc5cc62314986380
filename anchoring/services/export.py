"""Receipts of whole chains as one stream: what entries share is read, proved and written once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from anchoring import models
from anchoring.core import collection
from anchoring.core.block import entry_tree
from anchoring.core.entry import Entry
from anchoring.core.note import Note
from anchoring.core.receipt import Path, Receipt
from anchoring.services import best_anchors
from anchoring.services.errors import LogBroken
from anchoring.services.log import key_of, stored_log
from anchoring.services.receipt import directory, directory_path, header, previous_hash, shown_anchors

CHUNK = 1000  # entries whose openings are asked for at once


class Opening(NamedTuple):
    """What belongs to the caller: how the document is called (core.collection.NAME), its salt and its SHA-256."""

    name: str
    salt: bytes
    document: bytes


Openings = Callable[[Sequence[int]], Mapping[int, Opening]]


def export(*, chains: Sequence[bytes], since: int, until: int, openings: Openings) -> Iterator[bytes]:
    """The lines of docs/formats.md section 12 for the entries with since <= time < until, in milliseconds.

    An entry without an opening is left out. Memory: one entry block. Raises LogBroken.
    """
    yield collection.head()
    written, shown = 0, ""
    anchors = best_anchors.newest()
    reach = min((anchor.checkpoint_id for anchor in anchors), default=0)
    for block in _blocks(chains, since):
        base = _base(block, anchors if block.directory_id < reach else [])
        receipts = _receipts(block, base, since, until, openings)
        for number, (whole, name) in enumerate(receipts):
            if whole.checkpoint + str(bool(whole.anchors)) != shown:
                shown = whole.checkpoint + str(bool(whole.anchors))
                yield collection.log_line(whole)
            if number == 0:
                yield collection.block_line(whole)
            yield collection.receipt_line(whole, name)
            written += 1
    yield collection.tail(written)


def _blocks(chains: Sequence[bytes], since: int) -> Iterator[models.EntryBlock]:
    """By height, so that blocks under the anchors come before those above. An entry is sealed after its time."""
    rows = models.EntryBlock.objects.filter(chain__identifier__in=list(chains), directory__time__gte=since)
    return rows.select_related("chain", "directory").order_by("directory_id", "chain_id").iterator(chunk_size=100)


def _base(block: models.EntryBlock, anchors: Sequence[models.Anchor]) -> Receipt:
    """All that the block's receipts share; the rest is put in by `_receipts`."""
    log, above = stored_log(), directory(block.directory)
    shared = header(block, bytes(block.chain.identifier))
    checkpoint = anchors[0].checkpoint if anchors else models.Checkpoint.objects.latest("size")
    key = key_of(checkpoint.note)
    return Receipt(
        document=b"",
        salt=b"",
        entry=Entry(shared.chain, 0, bytes(32), 0, bytes(32)),
        entry_path=Path(0, ()),
        entry_block=shared,
        directory_path=directory_path(shared, above),
        directory_block=above,
        log_path=Path(above.height, tuple(log.inclusion_proof(above.height, checkpoint.size))),
        checkpoint=Note.parse(checkpoint.note).only(key),
        log_key=key.vkey,
        anchors=shown_anchors(anchors, key, checkpoint.size, log),
    )


def _receipts(
    block: models.EntryBlock, base: Receipt, since: int, until: int, openings: Openings
) -> Iterator[tuple[Receipt, str]]:
    rows = list(
        models.Entry.objects.filter(
            chain=block.chain_id, sequence__gte=block.first, sequence__lt=block.first + block.count
        )
        .order_by("sequence")
        .values_list("id", "time", "commitment", "hash")
    )
    hashes = [bytes(row[3]) for row in rows]
    tree = entry_tree(hashes)
    if tree.root() != base.entry_block.root:
        raise LogBroken(f"{block} is not what was sealed")
    before = [previous_hash(block.chain_id, block.first), *hashes]
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        known = openings([row[0] for row in chunk if since <= row[1] < until])
        for index, (number, time, commitment, _) in enumerate(chunk, start):
            if number in known:
                opening = known[number]
                entry = Entry(base.entry_block.chain, block.first + index, before[index], time, bytes(commitment))
                path = Path(index, tuple(tree.inclusion_proof(index)))
                own = replace(base, document=opening.document, salt=opening.salt, entry=entry, entry_path=path)
                yield own, opening.name
