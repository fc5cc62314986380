"""Receive messages in a hospital's own format: HL7 v2, C-CDA or a table. Kept first, then made into records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.process_messages import settle_message
from medbridge.actions.steps.access import check_scope, check_writer
from medbridge.actions.steps.acknowledging import at_once, in_one, outcome
from medbridge.actions.steps.arriving import Kept, keep
from medbridge.actions.steps.conventions import Conventions
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message


@dataclass(frozen=True)
class Receipt:
    """What the sender is told: `answer` in its own format, whether it was accepted, and the message's state."""

    answer: bytes
    accepted: bool
    message: Message


@dataclass(frozen=True)
class Acknowledged:
    """now: can be sent already. waits: await_outcome() tells the outcome; in_order: that is the answer, not `now`."""

    kept: Kept
    now: bytes | None
    waits: bool
    in_order: bool


def receive_message(*, actor: Actor, at: datetime, kind: str, body: bytes, origin: str = "") -> Receipt:
    """kind: "hl7v2", "ccda" or "csv".

    The bytes are on disk before anything else happens. The same bytes again are the same message, with the same answer.
    A crash after keeping them leaves a RECEIVED row that process_messages() takes up. Never raises for a bad message:
    that is a dead letter, and the answer says what was wrong.
    """
    for letter in "cu":
        check_scope(actor, "*", letter, at=at, target=f"{kind} message")
    check_writer(actor, "Bundle", at=at)
    conventions = Conventions()
    [kept] = keep([(actor, body)], kind=kind, at=at, origin=origin, conventions=conventions, waits=True,
                  one_answer=True)  # fmt: skip
    if not kept.message.told and kept.message.state == Message.State.RECEIVED:
        settle_message(kept.message, at=at)
    answer = in_one(kept, conventions.source(actor.hospital, actor.username), at)
    return Receipt(answer, kept.message.state == Message.State.DONE, kept.message)


def receive_messages(
    *, arrived: Sequence[tuple[Actor, bytes]], at: datetime, origin: str, waits: bool
) -> list[Acknowledged]:
    """HL7 v2 messages of a connection that carries several answers (MLLP), all kept in one transaction.

    The actors are senders of that connection: who may not write is refused when it connects. waits: senders in
    original mode are told the outcome, where their settings leave it open.
    """
    conventions = Conventions()
    kept = keep(arrived, kind="hl7v2", at=at, origin=origin, conventions=conventions, waits=waits)
    return [
        Acknowledged(each, *at_once(each, conventions.source(actor.hospital, actor.username)))
        for each, (actor, _) in zip(kept, arrived, strict=True)
    ]


def await_outcome(*, acknowledged: Acknowledged, actor: Actor, at: datetime) -> bytes | None:
    """Process the message, and say what came of it; None where the sender does not want to know."""
    message = acknowledged.kept.message
    if message.state == Message.State.RECEIVED:
        settle_message(message, at=at)
    source = Conventions().source(actor.hospital, actor.username)
    return outcome(replace(acknowledged.kept, message=message), source, at)


def process(message: Message, *, at: datetime) -> Receipt:
    """Make records of a kept message; for one that is settled, its answer again."""
    conventions = Conventions()
    if message.state == Message.State.RECEIVED:
        settle_message(message, at=at)
    source = conventions.source(message.hospital, message.sender)
    answer = in_one(Kept.again(message, inbox.body_of(message), source), source, at)
    return Receipt(answer, message.state == Message.State.DONE, message)
