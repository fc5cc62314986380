"""Celery is the clock, the tables are the queue: each task calls one function that can be run again at any time."""

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medbridge.config.settings")


def _every(seconds: int, task: str) -> dict[str, Any]:
    """A tick that no worker took before the next one is dropped: after a day without workers one of each is enough."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": float(seconds)}}


app = Celery("medbridge")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_default_queue="medbridge",
    timezone="UTC",
    beat_schedule={
        "process waiting messages": _every(10, "medbridge.tasks.process_waiting"),
        "reindex": _every(settings.REINDEX_INTERVAL_SECONDS, "medbridge.tasks.reindex"),
        "commit access records": _every(settings.SEAL_INTERVAL_SECONDS, "medbridge.tasks.commit_accesses"),
        "seal": _every(settings.SEAL_INTERVAL_SECONDS, "anchoring.tasks.seal"),
        "publish": _every(settings.PUBLISH_INTERVAL_SECONDS, "anchoring.tasks.publish"),
        "confirm": _every(settings.PUBLISH_INTERVAL_SECONDS, "anchoring.tasks.confirm"),
        "collect": _every(settings.SEAL_INTERVAL_SECONDS, "anchoring.tasks.collect"),
    },
)
app.autodiscover_tasks()
