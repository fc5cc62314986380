"""The formats hospitals send, each by the same five questions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from medbridge.fhir.outcome import Issue, operation_outcome
from medbridge.normalize import ccda, hl7v2, tabular
from medbridge.normalize.conversion import Conversion, NormalizeError, Problem, Source

# A result, a document or a table carries a short copy of who it is about; it must not replace what the hospital's own
# registration (an ADT message, FHIR) said. A table does update what a table brought.
_COPIES = ("Patient", "Encounter", "Practitioner", "Organization")


@dataclass(frozen=True)
class Format:
    """How one kind of message is converted and answered.

    `keeps`: types that this message only creates, never updates. `control_id`: the sender's own name of the message.
    `busy`: the answer while the message is kept but not settled.
    """

    convert: Callable[[bytes, Source], Conversion]
    accept: Callable[[bytes, Source, datetime], bytes]
    refuse: Callable[[bytes, Source, datetime, Problem], bytes]
    busy: Callable[[bytes, Source, datetime], bytes]
    control_id: Callable[[bytes, Source], str]
    keeps: Callable[[bytes, Source, Conversion], tuple[str, ...]]


def _convert_hl7v2(body: bytes, source: Source) -> Conversion:
    return hl7v2.convert(hl7v2.parse(body, source.charset), source)


def _accept_hl7v2(body: bytes, source: Source, at: datetime) -> bytes:
    return hl7v2.acknowledge(body, "AA", charset=source.charset, at=at)


def _refuse_hl7v2(body: bytes, source: Source, at: datetime, problem: Problem) -> bytes:
    code = hl7v2.refusal_code(problem)
    return hl7v2.acknowledge(body, code, problem.reason, problem.place, charset=source.charset, at=at)


def _busy_hl7v2(body: bytes, source: Source, at: datetime) -> bytes:
    return hl7v2.acknowledge(body, "AE", "Kept, and waiting to be processed.", charset=source.charset, at=at)


def _control_id_hl7v2(body: bytes, source: Source) -> str:
    try:
        return hl7v2.message_key(hl7v2.parse(body, source.charset))
    except NormalizeError:
        return ""


def _keeps_hl7v2(body: bytes, source: Source, conversion: Conversion) -> tuple[str, ...]:
    return () if hl7v2.event(hl7v2.parse(body, source.charset)).startswith("ADT") else _COPIES


def _outcome(severity: str, code: str, text: str, place: str = "") -> bytes:
    issue: dict[str, Any] = Issue(code, text, severity=severity).as_fhir()
    if place:
        issue["location"] = [place]
    return orjson.dumps({**operation_outcome([]), "issue": [issue]})


_ACCEPTED = _outcome("information", "informational", "The document was accepted and stored.")
_BUSY = _outcome("warning", "transient", "Kept, and waiting to be processed. Send it again for the result.")

_DOCUMENT: dict[str, Any] = {
    "accept": lambda body, source, at: _ACCEPTED,
    "refuse": lambda body, source, at, problem: _outcome("error", "invalid", problem.reason, problem.place),
    "busy": lambda body, source, at: _BUSY,
    "control_id": lambda body, source: "",
}

FORMATS = {
    "hl7v2": Format(
        convert=_convert_hl7v2,
        accept=_accept_hl7v2,
        refuse=_refuse_hl7v2,
        busy=_busy_hl7v2,
        control_id=_control_id_hl7v2,
        keeps=_keeps_hl7v2,
    ),
    "ccda": Format(convert=ccda.convert, keeps=lambda body, source, conversion: _COPIES, **_DOCUMENT),
    "csv": Format(convert=tabular.convert, keeps=lambda body, source, conversion: _COPIES, **_DOCUMENT),
}
