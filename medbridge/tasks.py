"""Celery tasks: each makes one call. The tables hold the work, so a lost task is made good by the next one."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from medbridge.actions import commit_accesses as committing
from medbridge.actions import process_waiting as waiting
from medbridge.actions.reindex_records import reindex_records

# A worker has other things to do; the next tick goes on.
_REINDEX_SECONDS = 20


@shared_task(name="medbridge.tasks.process_waiting", ignore_result=True, acks_late=True)
def process_waiting() -> None:
    waiting.process_waiting(at=timezone.now())


@shared_task(name="medbridge.tasks.commit_accesses", ignore_result=True, acks_late=True)
def commit_accesses() -> None:
    committing.commit_accesses(at=timezone.now())


@shared_task(name="medbridge.tasks.reindex", ignore_result=True, acks_late=True)
def reindex() -> None:
    """Goes on with walks that were begun; while a writer holds one up, the next tick tries again."""
    end, done = monotonic() + _REINDEX_SECONDS, -1
    while monotonic() < end and (progress := reindex_records(at=timezone.now())) and progress.done != done:
        done = -1 if progress.finished else progress.done
