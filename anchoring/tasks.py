"""Celery is the clock. Each task is one service call that may be lost or repeated at any moment."""

from celery import shared_task
from django.utils import timezone

from anchoring import services


@shared_task(name="anchoring.tasks.seal", acks_late=True, ignore_result=True)
def seal() -> None:
    services.seal(now=timezone.now())


@shared_task(name="anchoring.tasks.publish", acks_late=True, ignore_result=True)
def publish() -> None:
    services.publish(now=timezone.now())


@shared_task(name="anchoring.tasks.confirm", acks_late=True, ignore_result=True)
def confirm() -> None:
    services.confirm(now=timezone.now())
