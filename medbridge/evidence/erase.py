"""Destroys what opens commitments. What is in the log stays there, as noise."""

from collections.abc import Iterable

from django.db import connection

from medbridge.evidence.models import name_of

_EMPTY = """
UPDATE evidence_commitment SET salt = NULL, digest = '',
    name = CASE WHEN name = ANY(%s) THEN name ELSE gen_random_uuid() END
WHERE name = ANY(%s)
"""


def erase(subjects: Iterable[str]) -> int:
    """Salt, digest and name of each: an unsalted digest would let everybody guess what was in a short document.

    The row stays, so that an erasure is not taken for a record that somebody removed; that of an access record under
    its name, because its skeleton stays too. Returns how many.
    """
    wanted = list(subjects)
    kept = [name_of(subject) for subject in wanted if subject.startswith("AuditEvent/")]
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, [kept, [name_of(subject) for subject in wanted]])
        return int(cursor.rowcount)
