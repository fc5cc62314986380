"""Explain an element of what a kept message became: the row of the pack, and the bytes it came from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from medbridge.actions.steps.access import listener_actor, note
from medbridge.actions.steps.conventions import Conventions
from medbridge.actions.steps.mapping import pack_of
from medbridge.audit.record import Deed
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message
from medbridge.normalize import ccda, hl7v2
from medbridge.normalize.conversion import Source
from medbridge.normalize.hl7v2.convert import standard_pack
from medbridge.normalize.hl7v2.explain import Explanation, explain


@dataclass(frozen=True)
class Explained:
    """`raw`: the message as received, which the spans point into."""

    raw: bytes
    explanations: list[Explanation]


def explain_message(*, message: UUID, path: str, at: datetime) -> Explained:
    """For the operator at the machine; the look at the message is recorded in the name of its hospital's listener.

    Raises Message.DoesNotExist, ValueError for another format or a path that the message does not make, NormalizeError.
    """
    found = Message.objects.get(pk=message)
    if found.kind not in ("hl7v2", "ccda"):
        raise ValueError(f"a {found.kind} message; only HL7 v2 messages and C-CDA documents are explained")
    deed = Deed("read", "Bundle", f"{found.kind} message {found.id}", reason=f"explained {path}", count=0)
    note(listener_actor(found.hospital), [deed], at=at)
    return explain_bytes(inbox.body_of(found), Conventions().source(found.hospital, found.sender), path, found.kind)


def explain_bytes(raw: bytes, source: Source, path: str, kind: str = "hl7v2") -> Explained:
    """The same of a message that is in no inbox. kind: "hl7v2" or "ccda"."""
    if kind == "ccda":
        return Explained(raw, ccda.explain(raw, source, path))
    pack = pack_of("hl7v2", source) or standard_pack()
    conversion = hl7v2.convert(hl7v2.parse(raw, source.charset), source, pack, traced=True)
    return Explained(raw, explain(conversion, pack, path))
