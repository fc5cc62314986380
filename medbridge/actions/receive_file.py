"""Receive a file of a hospital: one HL7 v2 message, a batch of them, a C-CDA document or a table."""

from dataclasses import dataclass, field
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.process_messages import settle_message
from medbridge.actions.receive_message import receive_message
from medbridge.actions.steps.access import check_scope, check_writer
from medbridge.actions.steps.arriving import keep
from medbridge.actions.steps.conventions import Conventions
from medbridge.inbox.models import Message
from medbridge.normalize.hl7v2 import batch

# Kept in one transaction; a batch of a hundred thousand messages is so many of them.
TOGETHER = 128
TABLES = (".csv", ".tsv")


@dataclass
class FileResult:
    """What became of each message, in the order of the file; faults: what is wrong with the file itself."""

    messages: list[Message] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return (
            bool(self.messages) and not self.faults and all(each.state == Message.State.DONE for each in self.messages)
        )


def receive_file(*, actor: Actor, at: datetime, name: str, body: bytes) -> FileResult:
    """All messages are on disk before the first is processed. The same file again is the same messages."""
    if name.lower().endswith(TABLES) or body.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] == b"<":
        kind = "csv" if name.lower().endswith(TABLES) else "ccda"
        return FileResult([receive_message(actor=actor, at=at, kind=kind, body=body, origin=name).message])
    for letter in "cu":
        check_scope(actor, "*", letter, at=at, target="hl7v2 message")
    check_writer(actor, "Bundle", at=at)
    found = batch.split(body)
    if not found.messages:
        return FileResult(faults=[*found.faults, "There is no message in the file: no line begins with MSH."])
    return FileResult(_settled(_kept(found.messages, actor, at, name), at), found.faults)


def _kept(bodies: list[bytes], actor: Actor, at: datetime, name: str) -> list[Message]:
    kept: list[Message] = []
    for start in range(0, len(bodies), TOGETHER):
        part = [(actor, body) for body in bodies[start : start + TOGETHER]]
        made = keep(part, kind="hl7v2", at=at, origin=name, conventions=Conventions(), waits=True, one_answer=True)
        kept += [each.message for each in made]
    return kept


def _settled(messages: list[Message], at: datetime) -> list[Message]:
    for message in messages:
        if message.state == Message.State.RECEIVED:
            message.refresh_from_db()
        if message.state == Message.State.RECEIVED:
            settle_message(message, at=at)
    return messages
