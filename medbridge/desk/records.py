"""Records as a page shows them: one line each, with the custodian and how far the proof has come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from medbridge.actions.proof_states import proof_states
from medbridge.desk import lines
from medbridge.desk.directory import Names
from medbridge.desk.words import KINDS, PROOFS, kind, word
from medbridge.fhir.index import index
from medbridge.fhir.parse import parse


class Hit(Protocol):
    """What a search or $everything finds."""

    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def body(self) -> bytes: ...
    @property
    def patient(self) -> str | None: ...
    @property
    def hospital(self) -> str | None: ...


@dataclass(frozen=True)
class Line:
    """`sort` is the clinical date in UTC, or when the record came in where it has none."""

    type: str
    id: str
    version: int
    kind: str
    title: str
    value: str
    when: str
    hospital: str
    proof: str
    proof_word: str
    sort: datetime


@dataclass(frozen=True)
class Group:
    kind: str
    lines: list[Line]


def listed(hits: Sequence[Hit], names: Names) -> list[Line]:
    """Newest first by clinical date."""
    states = proof_states([_subject(hit) for hit in hits])
    found = [_line(hit, names, states.get(_subject(hit), "WAITING")) for hit in hits]
    return sorted(found, key=lambda line: line.sort, reverse=True)


def grouped(found: Iterable[Line]) -> list[Group]:
    """By kind, in the order of words.KINDS; kinds without a word at the end."""
    groups: dict[str, list[Line]] = {type: [] for type in KINDS}
    for line in found:
        groups.setdefault(line.type, []).append(line)
    return [Group(kind(type), its) for type, its in groups.items() if its]


def _line(hit: Hit, names: Names, proof: str) -> Line:
    resource = parse(hit.body)
    return Line(
        hit.type, hit.id, hit.version, kind(hit.type), lines.title(resource), lines.value(resource),
        lines.when(resource), names.hospital(hit.hospital), proof, word(PROOFS, proof), _sort(resource, hit.at),
    )  # fmt: skip


def _sort(resource: dict[str, Any], at: datetime) -> datetime:
    found = index(resource).low or at
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _subject(hit: Hit) -> str:
    return f"{hit.type}/{hit.id}/_history/{hit.version}"
