"""When what is known of records happened, as the messages said that brought or confirmed it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from medbridge.inbox.models import Confirmed, Message


def of_messages(ids: Collection[UUID]) -> dict[UUID, datetime]:
    """The event times of those of these messages that say one."""
    found = Message.objects.filter(pk__in=ids, event_at__isnull=False).values_list("pk", "event_at")
    return dict(found) if ids else {}  # type: ignore[arg-type]


def confirmed(records: Collection[UUID]) -> dict[UUID, datetime]:
    return dict(Confirmed.objects.filter(pk__in=records).values_list("pk", "event_at")) if records else {}


def confirm(records: Mapping[UUID, datetime]) -> None:
    """A later event said what is stored already."""
    if not records:
        return
    rows = sorted(records.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_confirmed (record, event_at) SELECT * FROM unnest(%s::uuid[], %s::timestamptz[])"
            " ON CONFLICT (record) DO UPDATE SET event_at = GREATEST(inbox_confirmed.event_at, EXCLUDED.event_at)",
            [[record for record, _ in rows], [moment for _, moment in rows]],
        )


def repeated_control_ids(messages: Collection[Message]) -> dict[UUID, UUID]:
    """Message -> an earlier one of the hospital with the same MSH-10 and other bytes."""
    named = [message for message in messages if message.control_id]
    if not named:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.id, min(m.id::text)::uuid FROM unnest(%s::uuid[], %s::text[], %s::text[]) n (id, hospital, named)"
            " JOIN inbox_message m ON m.hospital = n.hospital AND m.control_id = n.named AND m.control_id <> ''"
            " AND m.id < n.id GROUP BY n.id",
            [[m.id for m in named], [m.hospital for m in named], [m.control_id for m in named]],
        )
        return dict(cursor.fetchall())
