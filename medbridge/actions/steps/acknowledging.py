"""What a sender is told about its HL7 v2 message, and when (docs/inbox.md, Acknowledgements)."""

from datetime import datetime

from medbridge.actions.steps.arriving import ACCEPTED, KEPT, REFUSED, Kept
from medbridge.actions.steps.formats import FORMATS
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message
from medbridge.normalize import hl7v2
from medbridge.normalize.conversion import Problem, Source
from medbridge.normalize.hl7v2.glance import wanted

_COMMIT = {"AA": "CA", "AE": "CE", "AR": "CR"}


def at_once(kept: Kept, source: Source) -> tuple[bytes | None, bool, bool]:
    """The acknowledgement that can be given now, whether the outcome follows, and whether it stands in its place."""
    message, seen = kept.message, kept.seen
    if seen.enhanced:
        code = message.told or (REFUSED if seen.fault else KEPT)
        now = _told(kept, code, source) if wanted(seen.accept, good=code == KEPT) else None
        return now, code == KEPT and seen.application in ("AL", "ER", "SU"), False
    if message.told:
        return _told(kept, message.told, source), False, True
    return None, True, True


def outcome(kept: Kept, source: Source, at: datetime) -> bytes | None:
    """What is said of a message that was processed, or that waits longer than its sender."""
    message, seen = kept.message, kept.seen
    if not seen.enhanced:
        return _settled(kept, source, at)
    if message.state == Message.State.RECEIVED:
        return None
    good = message.state == Message.State.DONE
    return _application(kept, source) if wanted(seen.application, good=good) else None


def in_one(kept: Kept, source: Source, at: datetime) -> bytes:
    """The one answer that HTTP carries: the outcome where it is wanted, else the commit acknowledgement, or b""."""
    message, seen = kept.message, kept.seen
    if message.kind != "hl7v2" or not seen.enhanced:
        return _told(kept, message.told, source) if message.told else _settled(kept, source, at)
    if message.state == Message.State.RECEIVED:
        return _told(kept, message.told or KEPT, source) if wanted(seen.accept, good=True) else b""
    good = message.state == Message.State.DONE
    if wanted(seen.application, good=good):
        return _application(kept, source)
    return _told(kept, _COMMIT[_code(message)], source) if wanted(seen.accept, good=good) else b""


def _settled(kept: Kept, source: Source, at: datetime) -> bytes:
    message = kept.message
    if message.state == Message.State.RECEIVED:
        return FORMATS[message.kind].busy(kept.body, source, at)
    return inbox.answer_of(message) or _application(kept, source)


def _told(kept: Kept, code: str, source: Source) -> bytes:
    """Made anew each time from what is kept, so the same message gets the same bytes."""
    fault = None if code in (ACCEPTED, KEPT) else kept.seen.fault or _problem(kept.message)
    return hl7v2.acknowledge(
        kept.body, code, fault.reason if fault else "", fault.place if fault else "", charset=source.charset,
        at=kept.message.received_at,
    )  # fmt: skip


def _application(kept: Kept, source: Source) -> bytes:
    problem, message = _problem(kept.message), kept.message
    failed = message.state == Message.State.DEAD
    return hl7v2.acknowledge(
        kept.body, _code(message), problem.reason if failed else "", problem.place if failed else "",
        charset=source.charset, at=message.settled_at, asks_nothing=True,
    )  # fmt: skip


def _code(message: Message) -> str:
    return ACCEPTED if message.state == Message.State.DONE else hl7v2.refusal_code(_problem(message))


def _problem(message: Message) -> Problem:
    return Problem(message.stage, message.place, message.reason)
