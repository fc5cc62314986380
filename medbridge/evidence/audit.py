"""Compares what is stored with what was committed, and the log with itself. Reads only, in the caller's snapshot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from anchoring.core.encoding import Malformed
from anchoring.core.hashing import commitment
from anchoring.core.note import SignatureError
from anchoring.services import audit as log
from anchoring.services.audit import Defect, Finding
from anchoring.services.time import milliseconds
from medbridge.evidence.models import Commitment, name_of

__all__ = [
    "BadNote",
    "Defect",
    "Finding",
    "Stored",
    "compare",
    "gone",
    "held",
    "log_findings",
    "moved",
    "open_books",
    "reused_salts",
]


class BadNote(Exception):
    """A promise or checkpoint that this log never signed; the text says why."""


class Stored(NamedTuple):
    """A version or access record as it is now. `at` None: its time is part of its bytes."""

    subject: str
    digest: bytes
    at: datetime | None


@dataclass(frozen=True)
class Gone:
    """A commitment whose record is not stored: `name` is name_of its subject."""

    name: UUID
    entry: int
    hospital: str
    stream: str
    at: datetime


def log_findings(now: datetime) -> Iterator[Finding]:
    """Entries, blocks, log, checkpoints, anchors, promises."""
    return log.audit(now=now)


def held(notes: Iterable[str], now: datetime) -> Iterator[Finding]:
    """Promises and checkpoints that somebody kept. Raises BadNote."""
    for note in notes:
        try:
            if note.startswith("MedBridge inclusion promise"):
                yield from log.held_promise(note, now=milliseconds(now))
            else:
                yield from log.held_checkpoint(note)
        except (Malformed, SignatureError) as error:
            raise BadNote(str(error)) from None


def open_books() -> None:
    """Where `compare` notes what it has met, for `gone`; ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE evidence_met (entry bigint) ON COMMIT DROP")


_ROWS = """
SELECT c.name, c.entry, c.digest, c.salt, c.at, coalesce(e.commitment, s.commitment), coalesce(e.time, s.time)
FROM evidence_commitment c LEFT JOIN anchoring_entry e ON e.id = c.entry
LEFT JOIN anchoring_submission s ON s.id = c.entry
WHERE c.name = ANY(%s)
"""


class _Row(NamedTuple):
    name: UUID
    entry: int
    digest: bytes
    salt: bytes | None
    at: datetime
    commitment: bytes | None
    time: int | None


def compare(batch: Sequence[Stored]) -> Iterator[Finding]:
    """What was inserted, altered or backdated among these, and what lost its entry in the log."""
    names = {stored.subject: name_of(stored.subject) for stored in batch}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(names.values())])
        rows = {row.name: row for row in map(_Row._make, cursor.fetchall())}
        cursor.execute("INSERT INTO evidence_met SELECT unnest(%s::bigint[])", [[row.entry for row in rows.values()]])
    for stored in batch:
        yield from _judge(stored, rows.get(names[stored.subject]))


def _judge(stored: Stored, row: _Row | None) -> Iterator[Finding]:
    if row is None:
        yield Finding(Defect.INSERTED, stored.subject, "nothing was ever committed for it")
    elif row.salt is None:
        if stored.at is not None:  # of an access record the skeleton stays, and proves nothing any more
            yield Finding(Defect.INSERTED, stored.subject, "it was erased, and is here again")
    elif bytes(row.digest) != stored.digest:
        yield Finding(Defect.ALTERED, stored.subject, "its bytes are not those that were committed")
    elif row.commitment is None or row.time is None:
        yield Finding(Defect.REMOVED, stored.subject, f"its entry {row.entry} is neither in the log nor waiting")
    elif commitment(bytes(row.salt), stored.digest) != bytes(row.commitment):
        yield Finding(
            Defect.ALTERED, stored.subject, f"its salt and digest do not give the commitment of its entry {row.entry}"
        )
    elif row.time != milliseconds(row.at) or (stored.at is not None and row.time != milliseconds(stored.at)):
        yield Finding(Defect.BACKDATED, stored.subject, f"its time is not that of its entry {row.entry}")


def moved(digests: Mapping[str, bytes]) -> dict[str, list[int]]:
    """Subject -> the entries that its bytes of now were committed as, elsewhere: it was put in another's place."""
    found = Commitment.objects.filter(digest__in=list(digests.values())).values_list("digest", "entry")
    entries: dict[bytes, list[int]] = {}
    for digest, entry in found:
        entries.setdefault(bytes(digest), []).append(entry)
    return {subject: entries[digest] for subject, digest in digests.items() if digest in entries}


_GONE = """
SELECT c.name, c.entry, chain.hospital, chain.stream, c.at FROM evidence_commitment c
JOIN evidence_chain chain ON chain.id = c.chain_id
WHERE c.salt IS NOT NULL AND NOT EXISTS (SELECT FROM evidence_met m WHERE m.entry = c.entry) ORDER BY c.entry LIMIT %s
"""


def gone(limit: int) -> list[Gone]:
    """Commitments that `compare` has not met, after everything was given to it."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE evidence_met")
        cursor.execute(_GONE, [limit])
        return [Gone(*row) for row in cursor.fetchall()]


_REUSED = """
SELECT array_agg(entry ORDER BY entry) FROM evidence_commitment WHERE salt IS NOT NULL GROUP BY salt HAVING count(*) > 1
"""


def reused_salts() -> Iterator[Finding]:
    """Under one salt equal documents have equal commitments, and one erasure is none while the other salt stays."""
    with connection.cursor() as cursor:
        cursor.execute(_REUSED)
        for (entries,) in cursor.fetchall():
            yield Finding(Defect.ALTERED, f"entry {entries[1]}", f"it has the salt of entry {entries[0]}")
