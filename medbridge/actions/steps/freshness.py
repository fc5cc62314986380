"""The stale guard: what a message says of a record stands only if nothing newer is known of that record.

Newer is what happened later (the messages' event times); where the record's newest version came in no such message,
what came in after this one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from medbridge.actions.steps.intent import Intent
from medbridge.inbox import events
from medbridge.inbox.models import Message
from medbridge.records import read, store

Key = tuple[str, str]
# A result may be amended, never un-finished: a preliminary one that comes later was sent again, not taken back.
RANKS = {"registered": 0, "preliminary": 1, "partial": 1, "final": 2, "amended": 3, "corrected": 3, "appended": 3}
_RANKED = ("Observation", "DiagnosticReport")


@dataclass(frozen=True)
class Word:
    """What one message says of one record."""

    intent: Intent
    message: Message

    @property
    def key(self) -> Key:
        return self.intent.type, self.intent.id or ""


def fresh(words: Sequence[Word]) -> tuple[list[Word], dict[Key, datetime | None]]:
    """Those that may be written, and the event time until which their records are known to hold (None: not known).

    Locks the records, until the caller's transaction ends.
    """
    heads = store.heads({word.key for word in words})
    came = read.messages_of(list(heads))
    happened = events.of_messages(set(came.values()))
    confirmed = events.confirmed([UUID(id) for _, id in heads])
    ranks = _ranks(words, heads)
    until: dict[Key, datetime | None] = {}
    for key in heads:
        known = [happened.get(came[key]) if key in came else None, confirmed.get(UUID(key[1]))]
        until[key] = max((moment for moment in known if moment), default=None)
    return [word for word in words if not _is_stale(word, heads, came, until, ranks)], until


def _is_stale(
    word: Word, heads: dict[Key, store.Head], came: dict[Key, UUID], until: dict[Key, datetime | None],
    ranks: dict[Key, int],
) -> bool:  # fmt: skip
    head, known = heads.get(word.key), until.get(word.key)
    if head is None or word.intent.only_if_absent or came.get(word.key) == word.message.id:
        return False
    status = RANKS.get((word.intent.resource or {}).get("status", ""))
    if status is not None and status < ranks.get(word.key, 0):
        return True
    if known and word.message.event_at:
        return known > word.message.event_at
    if word.key in came:
        return came[word.key] > word.message.id  # ids are in order of arrival
    return head.at > word.message.received_at


def _ranks(words: Sequence[Word], heads: dict[Key, store.Head]) -> dict[Key, int]:
    """How far the stored results are."""
    results = {heads[word.key].pk: word.key for word in words if word.intent.type in _RANKED and word.key in heads}
    bodies = store.bodies(list(results)) if results else {}
    return {results[pk]: RANKS.get(orjson.loads(body).get("status", ""), 0) for pk, body in bodies.items()}
