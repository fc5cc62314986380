"""Many messages settled at once: one guarded UPDATE."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import QuerySet

from medbridge.inbox.models import TRANSITIONS, Message
from medbridge.inbox.store import COMPRESSION_LEVEL

_DONE = """
UPDATE inbox_message m SET state = 'DONE', settled_at = %s, answer = n.answer, records = n.records,
    problems = n.problems::jsonb, mapped = n.mapped, preserved = n.preserved, reported = n.reported, pack = n.pack,
    stage = '', place = '', reason = '', span_start = NULL, span_end = NULL
FROM unnest(%s::uuid[], %s::bytea[], %s::int[], %s::text[], %s::int[], %s::int[], %s::int[], %s::text[])
    AS n (id, answer, records, problems, mapped, preserved, reported, pack)
WHERE m.id = n.id AND m.state = 'RECEIVED'
"""


@dataclass(frozen=True)
class Done:
    """What became of a message. answer: b"" when the sender was told something else before."""

    message: UUID
    answer: bytes
    records: int
    problems: list[dict[str, str]]
    mapped: int | None = None
    preserved: int | None = None
    reported: int | None = None
    pack: str = ""


def done_all(settled: Sequence[Done], *, at: datetime) -> int:
    """Returns how many were RECEIVED until now."""
    rows = [
        (each.message, zlib.compress(each.answer, COMPRESSION_LEVEL) if each.answer else None, each.records,
         orjson.dumps(each.problems).decode(), each.mapped, each.preserved, each.reported, each.pack)
        for each in settled
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [at, *(list(column) for column in zip(*rows, strict=True))])
        return int(cursor.rowcount)


def revive_all(rows: QuerySet[Message]) -> int:
    """Back to RECEIVED, to be processed again; returns how many."""
    settled = [state for state, targets in TRANSITIONS.items() if Message.State.RECEIVED in targets]
    return rows.filter(state__in=settled).update(state=Message.State.RECEIVED, attempts=0)
