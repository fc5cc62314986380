"""What every converter takes and gives: a source, and the resources and problems a message became."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """The sender as configured, never as the message names itself.

    hospital: the hospital's id.
    timezone: IANA name ("Asia/Shanghai") of local times without an offset; None: such times keep their date only.
    charset: Python codec name that overrides what the message declares; None: trust the declaration.
    packs: names of the source's own layers of mapping packs, later ones over earlier ones.
    """

    hospital: str
    timezone: str | None = None
    charset: str | None = None
    packs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with, or not carried over from, a message.

    stage: "parse" (not readable, or of a kind not taken), "convert" (wrong content), "validate" or "unmapped" (never
    stops a conversion: the stored message keeps what no resource carries).
    place: where, in the format's own terms ("PID-3", "row 4, column sex").
    reason: a sentence fit to show to the sending hospital's engineer.
    """

    stage: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class NormalizeError(Exception):
    """The whole message is refused; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return str(self.problem)


@dataclass(frozen=True, slots=True)
class Accounting:
    """What became of the fields of a message that hold a value: each is counted once.

    mapped: it reached an element of a resource. preserved: kept as it is, in an extension or the kept message, on
    purpose. reported: nothing takes it, and a Problem names it.
    """

    mapped: int
    preserved: int
    reported: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """FHIR resources (JSON objects, references among them final) of one message, and what did not make it.

    key: the sender's own name of the message (MSH-10, ClinicalDocument/id), None if it has none.
    accounting: None from a converter that does not count.
    pack: names and versions of the mapping packs that made it. rows: which of its rows put something, by their place in
    that version ("3-9, 12").
    amends: (type, id) of resources of which the message knows only part: the rest stays as stored, without the members
    named, which the sender deletes. merges: pairs of Patients (kept, merged away) that the sender says are one person.
    unmapped: codes that no concept map knows. trace: which row put what from where, when asked for.
    """

    resources: list[dict[str, Any]]
    problems: list[Problem] = field(default_factory=list)
    key: str | None = None
    accounting: Accounting | None = None
    pack: str = ""
    rows: str = ""
    amends: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    merges: tuple[tuple[str, str], ...] = ()
    unmapped: list[Any] = field(default_factory=list)
    trace: list[Any] = field(default_factory=list)
