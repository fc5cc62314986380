"""How far entries have come."""

from collections.abc import Sequence

from django.db import connection

from anchoring.states import ANCHORED, CONFIRMED, FINAL, IN_A_BLOCK, SEALED, WAITING

# An anchor of size n covers the directory blocks 0 .. n-1, so the largest size in each state decides.
STATES = """
WITH reach AS (
    SELECT coalesce(max(size) FILTER (WHERE state = ANY(%s)), 0) AS confirmed, coalesce(max(size), 0) AS anchored
    FROM anchoring_anchor WHERE state = ANY(%s)
)
SELECT entry.id, CASE WHEN block.height < reach.confirmed THEN %s WHEN block.height < reach.anchored THEN %s ELSE %s END
FROM anchoring_entry entry JOIN anchoring_entryblock block ON block.id = entry.block_id CROSS JOIN reach
WHERE entry.id = ANY(%s)
UNION ALL
SELECT id, %s FROM anchoring_submission WHERE id = ANY(%s)
"""


def states(entries: Sequence[int]) -> dict[int, str]:
    """WAITING, SEALED, ANCHORED or CONFIRMED for each entry, in one query; unknown entries are left out."""
    ids = list(entries)
    with connection.cursor() as cursor:
        cursor.execute(STATES, [[CONFIRMED, FINAL], list(IN_A_BLOCK), CONFIRMED, ANCHORED, SEALED, ids, WAITING, ids])
        return dict(cursor.fetchall())
