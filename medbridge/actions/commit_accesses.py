"""Commit access records to the log, in batches. Run by Celery beat; safe to repeat and to interrupt."""

from datetime import datetime
from hashlib import sha256
from itertools import groupby

from django.db import transaction

from medbridge.actions.steps.backgrounds import bodies
from medbridge.audit.waiting import take
from medbridge.evidence.commit import commit

BATCH = 5000


def commit_accesses(*, at: datetime) -> int:
    """Returns how many were committed: all that wait, a transaction for each batch.

    A crash before a commit leaves that batch uncommitted, to be taken next time.
    """
    total = count = _commit_batch(at)
    while count == BATCH:
        total += (count := _commit_batch(at))
    return total


def _commit_batch(at: datetime) -> int:
    with transaction.atomic():
        waiting = take(BATCH)
        events = zip(waiting, bodies(waiting), strict=True)
        by_hospital = sorted(events, key=lambda event: event[0].hospital)
        for hospital, rows in groupby(by_hospital, key=lambda event: event[0].hospital):
            subjects = [(f"AuditEvent/{row.id}", sha256(body).digest()) for row, body in rows]
            commit(subjects, hospital=hospital, stream="access", at=at)
    return len(waiting)
