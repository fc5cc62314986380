"""Empties messages: their bytes, answers and texts go; that something came, when and from whom, stays."""

import zlib
from collections.abc import Iterable
from uuid import UUID, uuid4

from medbridge.inbox.models import Message

EMPTY = zlib.compress(b"")
SHORTEST = 4  # an identifier of fewer bytes stands in too many messages by chance


def empty(messages: Iterable[UUID]) -> int:
    """Returns how many. A message about several people is emptied as a whole; the others' records stay."""
    found = Message.objects.select_for_update().filter(id__in=list(messages)).order_by("id")
    for message in found:
        Message.objects.filter(id=message.id).update(
            body=EMPTY, answer=None, digest=b"", key=str(uuid4()), control_id="", request="", place="", reason="",
            problems=[],
        )  # fmt: skip
    return len(found)


def speaking_of(identifiers: Iterable[str], *, hospitals: Iterable[str]) -> list[UUID]:
    """Messages of these hospitals that made no record and hold one of these identifiers in their bytes."""
    needles = [text.encode() for text in identifiers if len(text) >= SHORTEST]
    unsettled = Message.objects.filter(hospital__in=list(hospitals)).exclude(state=Message.State.DONE)
    rows = unsettled.values_list("id", "body").iterator(chunk_size=100)
    return [id for id, body in rows if any(needle in zlib.decompress(bytes(body)) for needle in needles)]
