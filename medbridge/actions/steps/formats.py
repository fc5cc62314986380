"""The formats hospitals send, each by the same questions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from medbridge.actions.steps.mapping import pack_of
from medbridge.fhir.outcome import Issue, operation_outcome
from medbridge.normalize import ccda, hl7v2, tabular
from medbridge.normalize.conversion import Conversion, Problem, Source
from medbridge.normalize.hl7v2.glance import Glance, glance

# A result, a document or a table carries a short copy of who it is about; it must not replace what the hospital's own
# registration (an ADT message, FHIR) said. A table does update what a table brought.
_COPIES = ("Patient", "Encounter", "Practitioner", "Organization")


@dataclass(frozen=True)
class Format:
    """How one kind of message is converted and answered.

    `convert`: also the types that this message only creates, never updates. `look`: what must be known before.
    `busy`: the answer while the message is kept but not settled.
    """

    convert: Callable[[bytes, Source], tuple[Conversion, tuple[str, ...]]]
    look: Callable[[bytes, Source], Glance]
    accept: Callable[[bytes, Source, datetime], bytes]
    refuse: Callable[[bytes, Source, datetime, Problem], bytes]
    busy: Callable[[bytes, Source, datetime], bytes]


def _convert_hl7v2(body: bytes, source: Source) -> tuple[Conversion, tuple[str, ...]]:
    message = hl7v2.parse(body, source.charset)
    return hl7v2.convert(message, source, pack_of("hl7v2", source)), () if hl7v2.event(message).startswith(
        "ADT"
    ) else _COPIES


def _convert_ccda(body: bytes, source: Source) -> tuple[Conversion, tuple[str, ...]]:
    return ccda.convert(body, source, pack_of("ccda", source)), _COPIES


def _convert_table(body: bytes, source: Source) -> tuple[Conversion, tuple[str, ...]]:
    return tabular.convert(body, source), _COPIES


def _accept_hl7v2(body: bytes, source: Source, at: datetime) -> bytes:
    return hl7v2.acknowledge(body, "AA", charset=source.charset, at=at)


def _refuse_hl7v2(body: bytes, source: Source, at: datetime, problem: Problem) -> bytes:
    code = hl7v2.refusal_code(problem)
    return hl7v2.acknowledge(body, code, problem.reason, problem.place, charset=source.charset, at=at)


def _busy_hl7v2(body: bytes, source: Source, at: datetime) -> bytes:
    return hl7v2.acknowledge(body, "AE", "Kept, and waiting to be processed.", charset=source.charset, at=at)


def _outcome(severity: str, code: str, text: str, place: str = "") -> bytes:
    issue: dict[str, Any] = Issue(code, text, severity=severity).as_fhir()
    if place:
        issue["location"] = [place]
    return orjson.dumps({**operation_outcome([]), "issue": [issue]})


# Of a document in UTF-16 nothing is found: such documents of one patient do not wait for each other.
_RECORD_TARGET = re.compile(rb"<(?:\w+:)?recordTarget\b.{0,2000}?<(?:\w+:)?id\b([^>]{0,500})>", re.DOTALL)


def _look_at_document(body: bytes, source: Source) -> Glance:
    """The first id of the patient, as written: enough to keep a patient's documents in order."""
    found = _RECORD_TARGET.search(body, 0, 200_000)
    return Glance(patients=(" ".join(sorted(found[1].decode("latin-1").split())).rstrip("/"),)) if found else Glance()


_ACCEPTED = _outcome("information", "informational", "The document was accepted and stored.")
_BUSY = _outcome("warning", "transient", "Kept, and waiting to be processed. Send it again for the result.")

_DOCUMENT: dict[str, Any] = {
    "accept": lambda body, source, at: _ACCEPTED,
    "refuse": lambda body, source, at, problem: _outcome("error", "invalid", problem.reason, problem.place),
    "busy": lambda body, source, at: _BUSY,
}

FORMATS = {
    "hl7v2": Format(
        convert=_convert_hl7v2, look=glance, accept=_accept_hl7v2, refuse=_refuse_hl7v2, busy=_busy_hl7v2,
    ),
    "ccda": Format(convert=_convert_ccda, look=_look_at_document, **_DOCUMENT),
    "csv": Format(convert=_convert_table, look=lambda body, source: Glance(), **_DOCUMENT),
}  # fmt: skip
