"""Turns digests of stored bytes into salted commitments and hands those, and nothing else, to the log.

Runs inside the record's transaction: the record, its salt and its outbox row are there together or not at all.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from anchoring import services
from anchoring.core.hashing import commitment
from medbridge.evidence.models import Chain, name_of

SALT_BYTES = 32


class Known(NamedTuple):
    """evidence.models.Chain's number, and the chain's own 32 bytes."""

    number: int
    identifier: bytes


def commit(subjects: Sequence[tuple[str, bytes]], *, hospital: str, stream: str, at: datetime) -> list[int]:
    """Commit to (subject, SHA-256 of its bytes) pairs; returns the entry numbers.

    stream: "documents", "consents" or "access"; each hospital has one chain for each.
    """
    if not subjects:
        return []
    store = _store_all if len(subjects) > 1 else _store_one
    try:
        return store(subjects, chain_of(hospital=hospital, stream=stream, at=at), at)
    except services.UnknownChain:
        # Remembered from a transaction that was rolled back afterwards.
        _known.pop((hospital, stream), None)
        return store(subjects, chain_of(hospital=hospital, stream=stream, at=at), at)


_COLUMNS = "evidence_commitment (entry, at, chain_id, name, digest, salt)"


def _store_one(subjects: Sequence[tuple[str, bytes]], chain: Known, at: datetime) -> list[int]:
    """Outbox row and commitment by one statement."""
    [(subject, digest)] = subjects
    salt = os.urandom(SALT_BYTES)
    sql, values = services.submission(chain=chain.identifier, commitment=commitment(salt, digest), at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH outbox AS ({sql}) INSERT INTO {_COLUMNS} SELECT id, %s, %s, %s, %s, %s FROM outbox RETURNING entry",  # noqa: S608
            [*values, at, chain.number, name_of(subject), digest, salt],
        )
        entries = [row[0] for row in cursor.fetchall()]
    if not entries:
        raise services.UnknownChain(f"no chain {chain.identifier.hex()}")
    return entries


def _store_all(subjects: Sequence[tuple[str, bytes]], chain: Known, at: datetime) -> list[int]:
    salts = [os.urandom(SALT_BYTES) for _ in subjects]
    hidden = [commitment(salt, digest) for salt, (_, digest) in zip(salts, subjects, strict=True)]
    entries = services.submit(chain=chain.identifier, commitments=hidden, at=at)
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {_COLUMNS} FROM STDIN") as copy,
    ):
        for entry, (subject, digest), salt in zip(entries, subjects, salts, strict=True):
            copy.write_row((entry, at, chain.number, name_of(subject), digest, salt))
    return entries


_known: dict[tuple[str, str], Known] = {}


def chain_of(*, hospital: str, stream: str, at: datetime) -> Known:
    """The chain of a hospital's stream, opened when first used, remembered when read.

    Two at once: the second INSERT finds the first's row and its own new chain stays unused, which harms nothing.
    """
    if found := _known.get((hospital, stream)):
        return found
    row = Chain.objects.filter(hospital=hospital, stream=stream).first()
    if row is not None:
        return _known.setdefault((hospital, stream), Known(row.id, bytes(row.chain)))
    opened = Chain(hospital=hospital, stream=stream, chain=services.open_chain(stream=stream, at=at))
    Chain.objects.bulk_create([opened], ignore_conflicts=True)
    row = Chain.objects.get(hospital=hospital, stream=stream)
    return Known(row.id, bytes(row.chain))
