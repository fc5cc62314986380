"""Which access records wait for the log: a trigger notes each new one in audit_waiting (migration 0002).

The records themselves never change. A mark on each, that it is in the log, was a new row version under three indexes.
"""

from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from medbridge.audit.models import Access
from medbridge.database.fetch import fetch

_TAKE = """DELETE FROM audit_waiting WHERE ctid = ANY(ARRAY(
SELECT ctid FROM audit_waiting LIMIT %s FOR UPDATE SKIP LOCKED)) RETURNING access"""
_FIELDS = [field.attname for field in Access._meta.concrete_fields]
_ROWS = f"""SELECT {", ".join(_FIELDS)} FROM audit_access
WHERE id = ANY(%s::uuid[]) ORDER BY id"""  # noqa: S608


def take(limit: int) -> list[Access]:
    """Up to `limit` of them, oldest first, in the caller's transaction: rolled back, they wait again."""
    ids = [row[0] for row in fetch(_TAKE, [limit])]
    # Not by the ORM: five thousand placeholders cost more than the rows.
    return (
        [Access.from_db(DEFAULT_DB_ALIAS, _FIELDS, row) for row in fetch(_ROWS, [[str(id) for id in ids]])]
        if ids
        else []
    )


_COMMITTED = """SELECT id FROM audit_access a WHERE (%s::uuid IS NULL OR id > %s::uuid)
AND NOT EXISTS (SELECT FROM audit_waiting w WHERE w.access = a.id) ORDER BY id LIMIT %s"""


def committed(after: UUID | None, limit: int) -> list[Access]:
    """The next ones that are in the log, or on their way there, in the order of their ids."""
    ids = [row[0] for row in fetch(_COMMITTED, [after, after, limit])]
    return list(Access.objects.filter(id__in=ids).order_by("id"))
