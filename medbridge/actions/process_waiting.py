"""Take up what a crash left between keeping a message and making records of it. Run by Celery beat; repeatable."""

from datetime import datetime, timedelta

from medbridge.actions.push_bundle import resume
from medbridge.actions.receive_message import process
from medbridge.actions.steps.access import sender
from medbridge.fhir.outcome import FhirError
from medbridge.inbox import store as inbox

# Younger messages are probably being processed by the request that brought them.
GRACE = timedelta(seconds=30)
BATCH = 200


def process_waiting(*, at: datetime, grace: timedelta = GRACE) -> int:
    """Returns how many messages were taken up."""
    waiting = inbox.waiting(before=at - grace, limit=BATCH)
    for message in waiting:
        actor = sender(message.sender, message.hospital)
        if message.kind == "bundle":
            try:
                resume(message, actor=actor, at=at)
            except FhirError:
                continue  # the message is a dead letter now and says why
        else:
            process(message, actor=actor, at=at)
    return len(waiting)
