"""Which kept messages may be processed now: the oldest, each in its lanes behind nothing that came before it.

A lane is a transaction-level advisory lock: whoever holds all lanes of a message is alone with its patients, and a
worker that dies gives them back. Nothing is marked as taken, so nothing needs to be taken back.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from medbridge.inbox.models import Message

_LOCK_SPACE = 0x4D49_4E  # "MIN": keeps these apart from other packages' advisory locks
# How far a worker looks for work beyond what others hold.
SEEN = 512

_OLDEST = """
SELECT id, lanes FROM inbox_message WHERE state = 'RECEIVED' AND lanes IS NOT NULL
ORDER BY id LIMIT %s
"""
_BEFORE = """
SELECT id, lanes FROM inbox_message WHERE state = 'RECEIVED' AND lanes && %s::smallint[] AND id <= %s ORDER BY id
"""
# Stops at the limit: what it does not need stays free for the others.
_TRY = "SELECT n FROM unnest(%s::int[]) AS n WHERE pg_try_advisory_xact_lock(%s, n) LIMIT %s"
_WAIT = "SELECT pg_advisory_xact_lock(%s, n) FROM unnest(%s::int[]) AS n"


def take(limit: int) -> list[Message]:
    """Up to `limit` messages, oldest first, locked with their lanes until the caller's transaction ends."""
    seen = _rows(_OLDEST, [SEEN])
    wanted = list(dict.fromkeys(lane for _, lanes in seen for lane in lanes))
    return _lock(_free(seen, _try(wanted, limit), limit))


def take_up_to(message: Message) -> list[Message]:
    """This message and those before it in its lanes, as `take`; waits for its lanes, not for those of the others.

    Empty when it is settled, or when one before it also stands in a lane that somebody else holds: try again.
    """
    mine = sorted(message.lanes or [])
    _rows(_WAIT, [_LOCK_SPACE, mine])
    seen = _rows(_BEFORE, [mine, message.pk])
    others = sorted({lane for _, lanes in seen for lane in lanes} - set(mine))
    return _lock(_free(seen, {*mine, *_try(others, len(others))}, len(seen)))


def _free(seen: list[tuple[UUID, list[int]]], held: Collection[int], limit: int) -> list[UUID]:
    """What is not taken blocks its lanes for all that came later."""
    open_lanes = set(held)
    free: list[UUID] = []
    for id, lanes in seen:
        if len(free) < limit and open_lanes.issuperset(lanes):
            free.append(id)
        else:
            open_lanes.difference_update(lanes)
        if len(free) == limit or not open_lanes:
            break
    return free


def _try(lanes: list[int], limit: int) -> set[int]:
    return {row[0] for row in _rows(_TRY, [lanes, _LOCK_SPACE, limit])} if lanes else set()


def _lock(ids: list[UUID]) -> list[Message]:
    """Another worker may have settled some between the look and the lock."""
    found = Message.objects.filter(pk__in=ids, state=Message.State.RECEIVED).defer("answer")
    return list(found.order_by("id").select_for_update()) if ids else []


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
