"""Celery is the clock, the tables are the queue: each task calls one function that can be run again at any time."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medbridge.config.settings")

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
        "process waiting messages": {"task": "medbridge.tasks.process_waiting", "schedule": 10.0},
        "commit access records": {
            "task": "medbridge.tasks.commit_accesses",
            "schedule": float(settings.SEAL_INTERVAL_SECONDS),
        },
        "seal": {"task": "anchoring.tasks.seal", "schedule": float(settings.SEAL_INTERVAL_SECONDS)},
        "publish": {"task": "anchoring.tasks.publish", "schedule": float(settings.PUBLISH_INTERVAL_SECONDS)},
        "confirm": {"task": "anchoring.tasks.confirm", "schedule": float(settings.PUBLISH_INTERVAL_SECONDS)},
    },
)
app.autodiscover_tasks()
