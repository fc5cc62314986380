"""The formats hospitals send, each by the same five questions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from medbridge.fhir.outcome import Issue, operation_outcome
from medbridge.normalize import ccda, hl7v2, tabular
from medbridge.normalize.conversion import Conversion, NormalizeError, Problem, Source

# A result or a document carries a short copy of who it is about; it must not replace what the hospital's own
# registration (an ADT message) said.
_COPIES = ("Patient", "Encounter", "Practitioner", "Organization")


@dataclass(frozen=True)
class Format:
    """How one kind of message is converted and answered.

    `keeps`: types that this message only creates, never updates. `control_id`: the sender's own name of the message.
    `busy`: the answer while the message is kept but not settled.
    """

    convert: Callable[[bytes, Source], Conversion]
    accept: Callable[[bytes, datetime], bytes]
    refuse: Callable[[bytes, Problem, datetime], bytes]
    busy: Callable[[bytes, datetime], bytes]
    control_id: Callable[[bytes], str]
    keeps: Callable[[bytes], tuple[str, ...]]


def _convert_hl7v2(body: bytes, source: Source) -> Conversion:
    return hl7v2.convert(hl7v2.parse(body, source.charset), source)


def _refuse_hl7v2(body: bytes, problem: Problem, at: datetime) -> bytes:
    return hl7v2.acknowledge(body, hl7v2.refusal_code(problem), problem.reason, problem.place, at=at)


def _control_id(body: bytes) -> str:
    try:
        return hl7v2.message_key(hl7v2.parse(body))
    except NormalizeError:
        return ""


def _keeps_hl7v2(body: bytes) -> tuple[str, ...]:
    return () if hl7v2.event(hl7v2.parse(body)).startswith("ADT") else _COPIES


def _outcome(severity: str, code: str, text: str, place: str = "") -> bytes:
    issue: dict[str, Any] = Issue(code, text, severity=severity).as_fhir()
    if place:
        issue["location"] = [place]
    return orjson.dumps({**operation_outcome([]), "issue": [issue]})


_ACCEPTED = _outcome("information", "informational", "The document was accepted and stored.")
_BUSY = _outcome("warning", "transient", "Kept, and waiting to be processed. Send it again for the result.")

_DOCUMENT: dict[str, Any] = {
    "accept": lambda body, at: _ACCEPTED,
    "refuse": lambda body, problem, at: _outcome("error", "invalid", problem.reason, problem.place),
    "busy": lambda body, at: _BUSY,
    "control_id": lambda body: "",
}

FORMATS = {
    "hl7v2": Format(
        convert=_convert_hl7v2,
        accept=lambda body, at: hl7v2.acknowledge(body, "AA", at=at),
        refuse=_refuse_hl7v2,
        busy=lambda body, at: hl7v2.acknowledge(body, "AE", "Kept, and waiting to be processed.", at=at),
        control_id=_control_id,
        keeps=_keeps_hl7v2,
    ),
    "ccda": Format(convert=lambda body, source: ccda.convert(body, source), keeps=lambda body: _COPIES, **_DOCUMENT),
    "csv": Format(convert=lambda body, source: tabular.convert(body, source), keeps=lambda body: (), **_DOCUMENT),
}
