"""Process kept messages: in order for each patient of a source, by any number of workers at once.

Every turn is one transaction. A crash leaves its messages RECEIVED and its lanes free; the next turn of anyone takes
them up.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, OperationalError, connection, transaction

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import forbidden, note, sender
from medbridge.actions.steps.conventions import Conventions
from medbridge.actions.steps.formats import FORMATS
from medbridge.actions.steps.storing import Converted, converted, first_round, store_all
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError
from medbridge.inbox import queue
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message
from medbridge.normalize import hl7v2
from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.places import locate

# Messages of one turn. What a turn costs by itself (commit, locks, chain) is then small beside them, and what a crash
# throws away is a fraction of a second.
BATCH = 64
# What fails in an unforeseen way may be a database that is busy; past this it is the message.
ATTEMPTS = 3
# Who waits for the outcome of one message while others hold what came before it.
TRIES, PAUSE_SECONDS = 400, 0.02

_log = logging.getLogger("medbridge.inbox")


def process_messages(*, at: datetime, limit: int = BATCH) -> int:
    """One turn; returns how many messages it took, 0 when nothing can be done now."""
    with transaction.atomic():
        taken = queue.take(limit)
        _carry_out(taken, at)
    return len(taken)


def warm_up() -> None:
    """Compile the mapping pack, most of a second, before the first sender waits for it."""
    hl7v2.standard_pack()


def settle_message(message: Message, *, at: datetime) -> None:
    """Process this message, after those before it in its lanes; still RECEIVED if that cannot be done in a few seconds.

    Afterwards `message` is as it stands in the database.
    """
    for _ in range(TRIES):
        with transaction.atomic():
            taken = queue.take_up_to(message)
            _carry_out(taken, at)
        message.refresh_from_db(fields=_SETTLED)
        if message.state != Message.State.RECEIVED or message in taken:
            return
        time.sleep(PAUSE_SECONDS)


_SETTLED = ["state", "answer", "stage", "place", "reason", "problems", "records", "told", "settled_at", "attempts"]


def _carry_out(taken: Sequence[Message], at: datetime) -> None:
    """In order. What cannot be settled keeps those behind it in its lanes waiting, and nobody else."""
    conventions, senders = Conventions(), _Senders()
    waiting: list[Converted] = []
    barred: set[int] = set()
    for message in taken:
        if not barred.isdisjoint(message.lanes or []):
            continue
        made = _convert(message, senders.actor(message), conventions, at)
        if made is not None:
            waiting.append(made)
        elif message.state == Message.State.RECEIVED:
            barred.update(message.lanes or [])
    while waiting:
        group, waiting = first_round(waiting)
        barred = _store(group, at)
        waiting = [each for each in waiting if barred.isdisjoint(each.message.lanes or [])]


class _Senders:
    """Each sender's power, looked up once a turn."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Actor] = {}

    def actor(self, message: Message) -> Actor:
        key = message.hospital, message.sender, message.purpose, message.scopes
        if key not in self._known:
            self._known[key] = sender(message)
        return self._known[key]


def _convert(message: Message, actor: Actor, conventions: Conventions, at: datetime) -> Converted | None:
    """None when it went to the dead letters, or could not be converted for a reason nobody foresaw."""
    source = conventions.source(message.hospital, message.sender)
    try:
        if reason := forbidden(actor, "Bundle"):
            raise NormalizeError(Problem("sender", "", reason))
        return converted(message, actor=actor, source=source)
    except NormalizeError as error:
        _bury(message, error.problem, actor, conventions, at)
    except FhirError as error:
        _bury(message, _problem(error, "validate"), actor, conventions, at)
    except Exception as error:
        _put_off(message, error, at)
    return None


def _store(group: Sequence[Converted], at: datetime) -> set[int]:
    """All in one write, else each alone; returns the lanes of what could not be settled."""
    try:
        with transaction.atomic():
            store_all(group, at=at)
        return set()
    except Exception as error:
        if not connection.is_usable():
            raise
        if len(group) == 1:
            return _alone(group[0], error, at)
    barred: set[int] = set()
    for each in group:
        if barred.isdisjoint(each.message.lanes or []):
            barred |= _store([each], at)
    return barred


def _alone(each: Converted, error: Exception, at: datetime) -> set[int]:
    if isinstance(error, FhirError):
        _bury(each.message, _problem(error, "store"), each.actor, Conventions(), at)
        return set()
    if isinstance(error, IntegrityError | OperationalError):
        # Another transaction made the same record in this instant, or held what this one wanted: the next turn sees it.
        _log.info("message %s lost a race: %s", each.message.pk, error)
    else:
        _put_off(each.message, error, at)
    return set(each.message.lanes or [])


def _problem(error: FhirError, stage: str) -> Problem:
    first = error.issues[0]
    return Problem(stage, first.expression or "", first.diagnostics)


def _put_off(message: Message, error: Exception, at: datetime) -> None:
    """One message that cannot be processed must not hold up those behind it for ever."""
    if not connection.is_usable():
        raise error  # the database is away: everything stays as it is
    _log.error("message %s could not be processed", message.pk, exc_info=error)
    if inbox.put_off(message) >= ATTEMPTS:
        reason = "It cannot be processed; the error is in the log. Replay it when that is mended."
        inbox.dead(message, at=at, stage="process", place="", reason=reason)


def _bury(message: Message, problem: Problem, actor: Actor, conventions: Conventions, at: datetime) -> None:
    source = conventions.source(message.hospital, message.sender)
    body = inbox.body_of(message)
    answer = b"" if message.told else FORMATS[message.kind].refuse(body, source, at, problem)
    span = locate(body, problem, source.charset) if message.kind == "hl7v2" else None
    inbox.dead(message, at=at, stage=problem.stage, place=problem.place, reason=problem.reason, answer=answer,
               span=span)  # fmt: skip
    reason = f"{problem.place}: {problem.reason}" if problem.place else problem.reason
    note(actor, [Deed("create", "Bundle", f"{message.kind} message", allowed=False, reason=reason, count=0)], at=at)
