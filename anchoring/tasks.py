"""Celery is the clock. Each task is one service call that may be lost or repeated at any moment."""

import logging

from celery import shared_task
from django.utils import timezone

from anchoring import services

logger = logging.getLogger("anchoring.alarm")


@shared_task(name="anchoring.tasks.seal", acks_late=True, ignore_result=True)
def seal() -> None:
    services.seal(now=timezone.now())


@shared_task(name="anchoring.tasks.publish", acks_late=True, ignore_result=True)
def publish() -> None:
    services.publish(now=timezone.now())


@shared_task(name="anchoring.tasks.confirm", acks_late=True, ignore_result=True)
def confirm() -> None:
    now = timezone.now()
    services.confirm(now=now)
    for alarm in services.alarms(now=now):
        logger.warning("%s on %s: %s", alarm.kind, alarm.chain, alarm.sentence)


@shared_task(name="anchoring.tasks.collect", acks_late=True, ignore_result=True)
def collect() -> None:
    services.collect_cosignatures()
