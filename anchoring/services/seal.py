"""Outbox -> entry blocks -> directory block -> log -> signed checkpoint, in one transaction under one lock.

A crash anywhere leaves the outbox as it was; running again is the recovery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db import connection, transaction

from anchoring import models
from anchoring.conf import conf
from anchoring.core.block import DirectoryBlock, EntryBlock, directory_tree, entry_tree
from anchoring.core.entry import NO_PREVIOUS, Entry
from anchoring.core.tiles import TILE_HEIGHT
from anchoring.keys import log_signers
from anchoring.services import log
from anchoring.services.locks import lock_sealing
from anchoring.services.time import milliseconds

# One statement, one snapshot: a row committed meanwhile with a lower id is neither taken nor deleted.
TAKE = """
DELETE FROM anchoring_submission WHERE id IN (SELECT id FROM anchoring_submission ORDER BY id LIMIT %s)
RETURNING chain_id, id, time, commitment
"""
COPY_ENTRIES = """
COPY anchoring_entry (id, chain_id, sequence, block_id, time, commitment, hash) FROM STDIN (FORMAT BINARY)
"""
ENTRY_TYPES = ["int8", "int8", "int8", "int8", "int8", "bytea", "bytea"]


class Submitted(NamedTuple):
    """A row of the outbox; sorts by chain, then in order of submission."""

    chain: int
    id: int
    time: int
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One chain's share of a directory block."""

    chain: models.Chain
    rows: Sequence[Submitted]
    hashes: list[bytes]
    header: EntryBlock
    subtrees: bytes


def seal(*, now: datetime) -> list[int]:
    """The heights of the directory blocks made: as many as the outbox fills, one (empty) when an interval has passed,
    none otherwise. Raises LogBroken, or ImproperlyConfigured without a log key."""
    heights = []
    while (sealed := _seal_block(milliseconds(now))) is not None:
        height, count = sealed
        heights.append(height)
        if count < conf.SEAL_LIMIT:
            break
    return heights


def _seal_block(now: int) -> tuple[int, int] | None:
    """(height, entries), or None when there is nothing to do yet."""
    with transaction.atomic(durable=True):
        lock_sealing()
        last = models.DirectoryBlock.objects.order_by("-height").first()
        rows = _take(conf.SEAL_LIMIT)
        if not rows and last is not None and now - last.time < conf.SEAL_INTERVAL_SECONDS * 500:
            return None  # half an interval: another worker, or a late beat, was here just before
        parts = _parts(rows, 0 if last is None else last.height + 1)
        block = _directory_block(last, parts, now)
        _store_directory(block)
        _store_entries(parts, _store_blocks(parts))
        _advance(parts)
        log.append(block.height, block.hash())
        log.checkpoint(block.height + 1, conf.LOG_ORIGIN, log_signers())
    return block.height, len(rows)


def _take(limit: int) -> list[Submitted]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [limit])
        return sorted(map(Submitted._make, cursor.fetchall()))


def _parts(rows: Sequence[Submitted], height: int) -> list[Part]:
    """In ascending order of chain identifier, as the directory tree wants them."""
    groups = {chain: list(group) for chain, group in groupby(rows, key=attrgetter("chain"))}
    chains = models.Chain.objects.in_bulk(groups)
    parts = [_part(chains[chain], group, height) for chain, group in groups.items()]
    return sorted(parts, key=lambda part: part.header.chain)


def _part(chain: models.Chain, rows: Sequence[Submitted], height: int) -> Part:
    identifier, previous, hashes = bytes(chain.identifier), bytes(chain.head), []
    for sequence, row in enumerate(rows, start=chain.next_sequence):
        previous = Entry(identifier, sequence, previous, row.time, row.commitment).hash()
        hashes.append(previous)
    tree = entry_tree(hashes)
    header = EntryBlock(
        chain=identifier,
        sequence=chain.next_block,
        height=height,
        previous=bytes(chain.block_head),
        first=chain.next_sequence,
        count=len(rows),
        root=tree.root(),
    )
    return Part(chain, rows, hashes, header, b"".join(tree.levels[: TILE_HEIGHT + 1][-1]))


def _directory_block(last: models.DirectoryBlock | None, parts: Sequence[Part], now: int) -> DirectoryBlock:
    tree = directory_tree([(part.header.chain, part.header.hash()) for part in parts])
    if last is None:
        return DirectoryBlock(0, NO_PREVIOUS, now, len(parts), tree.root())
    # The clock of another worker may be behind; the log's time never goes back.
    return DirectoryBlock(last.height + 1, bytes(last.hash), max(now, last.time), len(parts), tree.root())


def _store_directory(block: DirectoryBlock) -> None:
    models.DirectoryBlock.objects.create(
        height=block.height,
        previous=block.previous,
        time=block.time,
        count=block.count,
        root=block.root,
        hash=block.hash(),
    )


def _store_blocks(parts: Sequence[Part]) -> list[int]:
    blocks = [
        models.EntryBlock(
            chain=part.chain,
            sequence=part.header.sequence,
            directory_id=part.header.height,
            previous=part.header.previous,
            first=part.header.first,
            count=part.header.count,
            root=part.header.root,
            hash=part.header.hash(),
            subtrees=part.subtrees,
        )
        for part in parts
    ]
    return [block.id for block in models.EntryBlock.objects.bulk_create(blocks, batch_size=1000)]


def _store_entries(parts: Sequence[Part], blocks: Sequence[int]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_ENTRIES) as copy:
        copy.set_types(ENTRY_TYPES)
        for part, block in zip(parts, blocks, strict=True):
            chain = part.chain.id
            for sequence, (row, hash_) in enumerate(zip(part.rows, part.hashes, strict=True), start=part.header.first):
                copy.write_row((row.id, chain, sequence, block, row.time, row.commitment, hash_))


def _advance(parts: Sequence[Part]) -> None:
    for part in parts:
        part.chain.next_sequence += len(part.rows)
        part.chain.head = part.hashes[-1]
        part.chain.next_block += 1
        part.chain.block_head = part.header.hash()
    fields = ["next_sequence", "head", "next_block", "block_head"]
    models.Chain.objects.bulk_update([part.chain for part in parts], fields)
