"""Which access records wait for the log: a trigger notes each new one in audit_waiting (migration 0002).

The records themselves never change. A mark on each, that it is in the log, was a new row version under three indexes.
"""

from medbridge.audit.models import Access
from medbridge.database.fetch import fetch

_TAKE = """DELETE FROM audit_waiting WHERE ctid = ANY(ARRAY(
SELECT ctid FROM audit_waiting LIMIT %s FOR UPDATE SKIP LOCKED)) RETURNING access"""


def take(limit: int) -> list[Access]:
    """Up to `limit` of them, oldest first, in the caller's transaction: rolled back, they wait again."""
    ids = [row[0] for row in fetch(_TAKE, [limit])]
    return list(Access.objects.filter(id__in=ids).order_by("id"))
