"""The only writer of inbox rows. Each change of state is a guarded update: who comes second changes nothing."""

import hashlib
import os
import threading
import uuid
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from django.db import connection, transaction

from medbridge.inbox.models import TRANSITIONS, Message

# Of Synthea's bundles (2.3 kB a resource): level 1 leaves 280 bytes a resource for 8 microseconds, 6 leaves 195 for 19,
# 9 leaves 187 for 53; a resource takes some 570 microseconds in all.
COMPRESSION_LEVEL = 6


NOTHING_COUNTED: Mapping[str, int | str | None] = MappingProxyType({})


class Sender(NamedTuple):
    """Who sent a message, and the power of the token it was sent with."""

    sender: str
    purpose: str
    scopes: str


_last_id = 0
_one_at_a_time = threading.Lock()


def ordered_id(at: datetime) -> uuid.UUID:
    """UUID version 7 (RFC 9562 section 5.7, method 1: a counter in rand_a), greater than all before in this process.

    Of two messages that one sender sent one after the other, the second has the greater id, whatever the clock does.
    """
    global _last_id
    moment = int(at.timestamp() * 1000) << 12
    with _one_at_a_time:
        _last_id = max(moment, _last_id + 1)
        moment, counter = divmod(_last_id, 1 << 12)
    low = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return uuid.UUID(int=moment << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | low)


def receive(
    *, hospital: str, kind: str, body: bytes, sender: Sender, at: datetime, key: str | None = None, request: str = "",
    control_id: str = "", durable: bool = True,
) -> tuple[Message, bool]:  # fmt: skip
    """Keep the bytes; returns the message and whether it is new.

    key: what makes two messages the same one; by default the bytes. durable: commit to disk before returning. Callers
    that answer only after a later commit pass False: PostgreSQL's log is ordered, so that commit carries this one too.
    """
    digest = hashlib.sha256(body).digest()
    message = Message(
        id=ordered_id(at), hospital=hospital, kind=kind, key=key or digest.hex(), request=request, **sender._asdict(),
        control_id=control_id, received_at=at, digest=digest, body=zlib.compress(body, COMPRESSION_LEVEL),
    )  # fmt: skip
    with transaction.atomic():
        if not durable:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
        Message.objects.bulk_create([message], ignore_conflicts=True)
    stored = Message.objects.get(hospital=hospital, kind=kind, key=message.key)
    return stored, stored.id == message.id


_SETTLED = """
INSERT INTO inbox_message (id, hospital, kind, key, request, sender, purpose, scopes, control_id, received_at, digest,
    body, state, settled_at, attempts, stage, place, reason, problems, records)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', %s, %s, %s, 'DONE', %s, 0, '', '', '', '[]', 1)
"""


def keep_settled(*, hospital: str, kind: str, body: bytes, sender: Sender, at: datetime, request: str) -> uuid.UUID:
    """Keep the bytes of a write that succeeds in this very transaction; one statement. Returns the message's id."""
    id = ordered_id(at)
    digest, kept = hashlib.sha256(body).digest(), zlib.compress(body, COMPRESSION_LEVEL)
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, [id, hospital, kind, str(id), request, *sender, at, digest, kept, at])
    return id


def latest(*, hospital: str, kind: str, body: bytes) -> Message | None:
    """The newest message of these very bytes."""
    same = Message.objects.filter(hospital=hospital, kind=kind, digest=hashlib.sha256(body).digest())
    return same.order_by("-received_at").first()


def body_of(message: Message) -> bytes:
    return zlib.decompress(bytes(message.body))


def answer_of(message: Message) -> bytes | None:
    return None if message.answer is None else zlib.decompress(bytes(message.answer))


def done(
    message: Message, *, at: datetime, answer: bytes, records: int = 0, problems: Sequence[dict[str, str]] = (),
    made: Mapping[str, int | str | None] = NOTHING_COUNTED,
) -> bool:  # fmt: skip
    """made: `mapped`, `preserved`, `reported` and `pack` of what was converted."""
    return _move(
        message, Message.State.DONE, settled_at=at, answer=zlib.compress(answer, COMPRESSION_LEVEL),
        records=records, problems=list(problems), stage="", place="", reason="", **made,
    )  # fmt: skip


def dead(
    message: Message, *, at: datetime, stage: str, place: str, reason: str, answer: bytes = b"",
    span: tuple[int, int] | None = None,
) -> bool:  # fmt: skip
    """Into the dead letters, saying where and why. span: the bytes that it is about, [first, after the last)."""
    first, last = span or (None, None)
    return _move(
        message, Message.State.DEAD, settled_at=at, stage=stage, place=place, reason=reason,
        span_start=first, span_end=last, answer=zlib.compress(answer, COMPRESSION_LEVEL),
    )  # fmt: skip


def revive(message: Message, *, done: bool = False) -> bool:
    """A dead letter back to RECEIVED, to be processed again; done: one that was accepted too, for a changed mapping."""
    if message.state == Message.State.DONE and not done:
        return False
    return _move(message, Message.State.RECEIVED, attempts=message.attempts + 1)


def advance(message: uuid.UUID, entry: int) -> bool:
    """Take the next entry of a message that is carried out entry by entry; False when that entry was taken before.

    Joins the transaction that does the entry's work, so that both are there or neither. `records` counts the entries.
    """
    return Message.objects.filter(pk=message, records__lte=entry).update(records=entry + 1) == 1


def put_off(message: Message) -> int:
    """Count an attempt that came to nothing; returns how many there were."""
    Message.objects.filter(pk=message.pk).update(attempts=message.attempts + 1)
    return message.attempts + 1


def overdue(*, before: datetime) -> bool:
    """Whether a message that waits in lanes came before this moment."""
    return Message.objects.filter(state="RECEIVED", lanes__isnull=False, received_at__lt=before).exists()


def waiting(*, before: datetime, limit: int) -> list[Message]:
    """Bundles and writes kept but not settled: what a crash between receiving and processing leaves.

    A row that is locked is being processed by a request that takes its time; waiting for it would hold up the others.
    """
    kept = Message.objects.filter(state="RECEIVED", received_at__lt=before).order_by("id").defer("body", "answer")
    with transaction.atomic():
        return list(kept.select_for_update(skip_locked=True)[:limit])


def _move(message: Message, to: Message.State, **fields: object) -> bool:
    origins = [state for state, targets in TRANSITIONS.items() if to in targets]
    changed = Message.objects.filter(pk=message.pk, state__in=origins).update(state=to, **fields)
    message.refresh_from_db()
    return changed == 1
