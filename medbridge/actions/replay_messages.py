"""Replay many messages: all dead letters of a hospital, or those of a filter, in the order in which they came.

They go back to the queue at once and are processed by its workers; safe to repeat, and to interrupt.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from uuid import UUID

import orjson
from django.db import transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note, refuse
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.inbox import settling
from medbridge.inbox.models import Message

_TEXTS = ("kind", "stage", "reason", "sender", "control_id")
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


def read_filter(raw: bytes) -> Filter:
    """From a JSON object with the members of Filter; nothing at all selects all dead letters.

    Raises FhirError 400 that names the member.
    """
    try:
        asked = orjson.loads(raw or b"{}")
        unknown = asked.keys() - {field.name for field in fields(Filter)}
    except (orjson.JSONDecodeError, AttributeError):
        raise FhirError(400, [Issue("structure", "The body must be a JSON object.")]) from None
    wrong = sorted(unknown) + [name for name, value in asked.items() if name in _TEXTS and not isinstance(value, str)]
    if wrong:
        raise FhirError(400, [Issue("value", f"“{wrong[0]}” is no member of a filter, or not of its type.")])
    try:
        since, until = (_moment(asked.get(name)) for name in ("since", "until"))
        named = tuple(UUID(each) for each in asked.get("messages", ()))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise FhirError(400, [Issue("value", "since and until are times, messages is a list of ids.")]) from None
    texts = {name: asked[name] for name in _TEXTS if name in asked}
    return Filter(**texts, since=since, until=until, messages=named, done=asked.get("done") is True)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


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
