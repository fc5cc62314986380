"""Take up what a crash left between keeping a message and making records of it. Run by Celery beat; repeatable.

Messages in a hospital's own format are process_messages()'s; its workers may all be down.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection

from medbridge.actions.process_messages import ATTEMPTS, process_messages
from medbridge.actions.steps.access import sender
from medbridge.actions.steps.resuming import resume
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message

# Younger messages are probably being processed by the request that brought them.
GRACE = timedelta(seconds=30)
BATCH = 200

_log = logging.getLogger("medbridge.inbox")


def process_waiting(*, at: datetime, grace: timedelta = GRACE) -> int:
    """Returns how many messages were taken up, the oldest first. What others changed since a message arrived stays."""
    taken = _process(at, before=at - grace)
    waiting = inbox.waiting(before=at - grace, limit=BATCH)
    for message in waiting:
        actor = sender(message)
        try:
            resume(message, actor=actor, at=at, since=message.received_at)
        except Exception:
            if not connection.is_usable():
                raise  # the database is away: everything stays as it is
            _put_off(message, at)
    return taken + len(waiting)


def _process(at: datetime, *, before: datetime) -> int:
    taken = 0
    while taken < BATCH and inbox.overdue(before=before) and (count := process_messages(at=at)):
        taken += count
    return taken


def _put_off(message: Message, at: datetime) -> None:
    """One message that cannot be processed must not hold up those behind it."""
    _log.exception("message %s could not be processed", message.id)
    if inbox.put_off(message) >= ATTEMPTS:
        reason = "It cannot be processed; the error is in the log. Replay it when that is mended."
        inbox.dead(message, at=at, stage="process", place="", reason=reason)
