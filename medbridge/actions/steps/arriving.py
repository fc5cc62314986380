"""Messages on their way in: what is kept with them, and how each is acknowledged (docs/inbox.md, Acknowledgements)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import signature
from medbridge.actions.steps.conventions import Conventions
from medbridge.actions.steps.formats import FORMATS
from medbridge.inbox.keeping import Arrival, keep_all
from medbridge.inbox.models import Message
from medbridge.inbox.models import Source as Settings
from medbridge.normalize.conversion import Source
from medbridge.normalize.hl7v2.glance import Glance

ACCEPTED, KEPT, REFUSED = "AA", "CA", "CR"
NUL = "\N{SYMBOL FOR NULL}"  # PostgreSQL's texts hold no NUL; the message itself keeps it


@dataclass(frozen=True)
class Kept:
    """A message that is on disk now, and what its header says."""

    message: Message
    seen: Glance
    body: bytes

    @staticmethod
    def again(message: Message, body: bytes, source: Source) -> "Kept":
        """One that was kept before."""
        return Kept(message, FORMATS[message.kind].look(body, source), body)


def keep(
    arrived: Sequence[tuple[Actor, bytes]], *, kind: str, at: datetime, origin: str, conventions: Conventions,
    waits: bool, one_answer: bool = False,
) -> list[Kept]:  # fmt: skip
    """Everything in one transaction.

    waits: whether the sender can be told the outcome, where nothing says otherwise. one_answer: the way back carries
    one answer to each message (HTTP), so that a commit acknowledgement would take the place of the outcome.
    """
    made: list[Arrival] = []
    seen: list[Glance] = []
    for actor, body in arrived:
        glance = FORMATS[kind].look(body, conventions.source(actor.hospital, actor.username))
        answers = conventions.settings(actor.hospital, actor.username).answers
        told = _told(glance, answers, waits, one_answer) if kind == "hl7v2" else ""
        seen.append(glance)
        made.append(Arrival(
            actor.hospital, kind, body, signature(actor), at, origin, glance.control_id.replace("\0", NUL),
            glance.patients, glance.event_at, told,
        ))  # fmt: skip
    kept = keep_all(made)
    return [Kept(message, glance, body) for message, glance, (_, body) in zip(kept, seen, arrived, strict=True)]


def _told(seen: Glance, answers: str, waits: bool, one_answer: bool) -> str:
    """The code that may be given before the message is processed; "" where the sender waits for the outcome."""
    at_once = seen.enhanced and not one_answer
    if not at_once and (answers == Settings.Answers.PROCESSED or (answers == Settings.Answers.ADAPTIVE and waits)):
        return ""
    if seen.enhanced:
        return REFUSED if seen.fault else KEPT
    return "" if seen.fault else ACCEPTED
