"""What a changed mapping pack would make of the last messages, before anyone activates it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from medbridge.actions.steps.access import listener_actor, note
from medbridge.actions.steps.conventions import Conventions
from medbridge.actions.steps.mapping import pack_named
from medbridge.audit.record import Deed
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message
from medbridge.normalize import ccda, hl7v2
from medbridge.normalize.conversion import Conversion, NormalizeError, Source
from medbridge.normalize.packs import Pack

Json = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One resource that the two packs make differently of a message; None: not made. `refused`: its reason."""

    message: UUID
    resource: str
    before: Json | None
    after: Json | None
    refused: str = ""


def compare_packs(
    *, kind: str, old: tuple[str, ...], new: tuple[str, ...], last: int, hospital: str, at: datetime
) -> Iterator[Change]:
    """old, new: names of layers over the shipped ones (none: the shipped pack). Stores nothing but the access record.

    Raises NormalizeError, which names file, row and column, when a pack cannot be used.
    """
    packs = pack_named(kind, old), pack_named(kind, new)
    note(listener_actor(hospital), [Deed("read", "Bundle", f"the last {last} {kind} messages", reason="pack diff",
                                         count=0)], at=at)  # fmt: skip
    conventions = Conventions()
    for message in Message.objects.filter(kind=kind, hospital=hospital).order_by("-id")[:last]:
        source = conventions.source(message.hospital, message.sender)
        yield from _changes(message.id, *(_made(kind, inbox.body_of(message), source, pack) for pack in packs))


def _made(kind: str, body: bytes, source: Source, pack: Pack) -> dict[str, Json] | str:
    try:
        if kind == "hl7v2":
            conversion: Conversion = hl7v2.convert(hl7v2.parse(body, source.charset), source, pack)
        else:
            conversion = ccda.convert(body, source, pack)
    except NormalizeError as error:
        return str(error)
    return {f"{each['resourceType']}/{each['id']}": each for each in conversion.resources}


def _changes(message: UUID, before: dict[str, Json] | str, after: dict[str, Json] | str) -> Iterator[Change]:
    if isinstance(after, str):
        if not isinstance(before, str):
            yield Change(message, "", None, None, after)
        return
    known = {} if isinstance(before, str) else before
    for name in dict.fromkeys([*known, *after]):
        if known.get(name) != after.get(name):
            yield Change(message, name, known.get(name), after.get(name))
