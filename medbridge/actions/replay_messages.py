"""Replay many messages: all dead letters of a hospital, or those of a filter, in the order in which they came.

They go back to the queue at once and are processed by its workers; safe to repeat, and to interrupt.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note, refuse
from medbridge.audit.record import Deed
from medbridge.inbox import settling
from medbridge.inbox.models import Message

STAFF = (Role.ENGINEER, Role.FEED, Role.OPERATOR)


@dataclass(frozen=True)
class Filter:
    """Empty members select everything. done: accepted messages too (after a changed mapping), not dead letters only."""

    kind: str = ""
    stage: str = ""
    reason: str = ""
    sender: str = ""
    control_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    messages: tuple[UUID, ...] = ()
    done: bool = False


def replay_messages(*, actor: Actor, at: datetime, chosen: Filter) -> int:
    """Returns how many messages went back to the queue; bundles and single writes are replayed one by one only.

    Raises FhirError 403 for one who is not the hospital's engineer or feed.
    """
    if actor.role not in STAFF or not actor.hospital:
        refuse(actor, "update", "Bundle", f"The role {actor.role} may not replay messages.", at=at)
    states = [Message.State.DEAD, *([Message.State.DONE] if chosen.done else [])]
    rows = Message.objects.filter(hospital=actor.hospital, state__in=states, lanes__isnull=False)
    wanted = {
        "kind": chosen.kind, "stage": chosen.stage, "reason__icontains": chosen.reason, "sender": chosen.sender,
        "control_id": chosen.control_id, "received_at__gte": chosen.since, "received_at__lt": chosen.until,
        "pk__in": chosen.messages,
    }  # fmt: skip
    with transaction.atomic():
        count = settling.revive_all(rows.filter(**{name: value for name, value in wanted.items() if value}))
        note(actor, [Deed("update", "Bundle", "messages", reason="replayed", count=count)], at=at)
    return count
