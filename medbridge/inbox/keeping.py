"""Messages in a hospital's own format, kept many at a time: one INSERT, one commit, one wait for the disk."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from medbridge.inbox.models import Message
from medbridge.inbox.store import Sender, ordered_id

# A sender waits for this: level 1 takes half the time of level 6 and makes a message of a kilobyte some 5 % larger.
COMPRESSION_LEVEL = 1
# Of (hospital, patient) pairs that are told apart when messages wait for each other. Two pairs that share a lane wait
# needlessly; a turn locks at most queue.LANES_HELD of them.
LANES = 4096
_INSERT = """
INSERT INTO inbox_message (id, hospital, kind, key, request, sender, purpose, scopes, control_id, origin, lanes,
    event_at, told, received_at, digest, body, state, attempts, stage, place, reason, problems, records)
SELECT n.id, n.hospital, n.kind, n.key, '', n.sender, n.purpose, n.scopes, n.control_id, n.origin, n.lanes::smallint[],
    n.event_at, n.told, n.received_at, n.digest, n.body, 'RECEIVED', 0, '', '', '', '[]', 0
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::bytea[], %s::bytea[])
  AS n (id, hospital, kind, key, sender, purpose, scopes, control_id, origin, lanes, event_at, told, received_at,
    digest, body)
ORDER BY n.hospital, n.kind, n.key
ON CONFLICT (hospital, kind, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True)
class Arrival:
    """One message on its way in. patients: whom it is about, for its lanes. The other fields are Message's."""

    hospital: str
    kind: str
    body: bytes
    sender: Sender
    at: datetime
    origin: str = ""
    control_id: str = ""
    patients: tuple[str, ...] = ()
    event_at: datetime | None = None
    told: str = ""

    @cached_property
    def key(self) -> str:
        """SHA-256 of the bytes; of an HL7 v2 message without what a transport may change: line ends, white space."""
        if self.kind == "hl7v2" and b"\x00" not in self.body:  # UTF-16 has other line ends
            return hashlib.sha256(self.body.replace(b"\r\n", b"\r").replace(b"\n", b"\r").strip()).hexdigest()
        return hashlib.sha256(self.body).hexdigest()

    @cached_property
    def lanes(self) -> list[int]:
        """A message about nobody that could be told waits for nothing but its own repetition."""
        names = [f"{self.hospital} {patient}" for patient in self.patients] or [self.key]
        return sorted({zlib.crc32(name.encode()) % LANES for name in names})


def keep_all(arrivals: Sequence[Arrival]) -> list[Message]:
    """The message of each arrival, in order, on disk when this returns. What came before is that message, as it stands.

    Bodies and answers of the messages that were there before are deferred.
    """
    ids = [ordered_id(arrival.at) for arrival in arrivals]
    keys = [(arrival.hospital, arrival.kind, arrival.key) for arrival in arrivals]
    rows = [_row(*each) for each in zip(ids, keys, arrivals, strict=True)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
        new = {row[0] for row in cursor.fetchall()}
    made = {key: _message(row, arrival) for key, row, arrival in zip(keys, rows, arrivals, strict=True)
            if row[0] in new}  # fmt: skip
    before = _known({key for key in keys if key not in made})
    return [made.get(key) or before[key] for key in keys]


def _row(id: UUID, key: tuple[str, str, str], arrival: Arrival) -> tuple[Any, ...]:
    digest, body = hashlib.sha256(arrival.body).digest(), zlib.compress(arrival.body, COMPRESSION_LEVEL)
    lanes = "{" + ",".join(map(str, arrival.lanes)) + "}"
    return (id, *key, *arrival.sender, arrival.control_id, arrival.origin, lanes, arrival.event_at, arrival.told,
            arrival.at, digest, body)  # fmt: skip


def _message(row: tuple[Any, ...], arrival: Arrival) -> Message:
    return Message(
        id=row[0], hospital=arrival.hospital, kind=arrival.kind, key=row[3], **arrival.sender._asdict(),
        control_id=arrival.control_id, origin=arrival.origin, lanes=arrival.lanes, event_at=arrival.event_at,
        told=arrival.told, received_at=arrival.at, digest=row[-2], body=row[-1],
    )  # fmt: skip


def _known(keys: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], Message]:
    if not keys:
        return {}
    texts = [key for _, _, key in keys]
    found = Message.objects.filter(hospital__in={hospital for hospital, _, _ in keys}, key__in=texts)
    return {(message.hospital, message.kind, message.key): message for message in found}
