"""Celery tasks: each makes one call. The tables hold the work, so a lost task is made good by the next one."""

from celery import shared_task
from django.utils import timezone

from medbridge.actions import commit_accesses as committing
from medbridge.actions import process_waiting as waiting


@shared_task(name="medbridge.tasks.process_waiting", ignore_result=True, acks_late=True)
def process_waiting() -> None:
    waiting.process_waiting(at=timezone.now())


@shared_task(name="medbridge.tasks.commit_accesses", ignore_result=True, acks_late=True)
def commit_accesses() -> None:
    committing.commit_accesses(at=timezone.now())
