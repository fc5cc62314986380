"""Access records about an erased person: who came, when and with what power stays; whom it was about and what it said
does not."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

_EMPTY = """
UPDATE audit_access SET patient = NULL, target = type, query = '', reason = '', versions = NULL, state = NULL
WHERE patient = ANY(%s) OR target LIKE ANY(%s) RETURNING id
"""


def erase(patients: Sequence[str], records: Sequence[str]) -> list[UUID]:
    """`records`: "Type/id". Returns the ids of what was emptied. `database.erasing` must be allowed."""
    targets = [pattern for name in records for pattern in (name, f"{name}/%")]
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, [list(patients), targets])
        return [row[0] for row in cursor.fetchall()]
