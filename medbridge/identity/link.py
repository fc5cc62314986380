"""The person index: which Patients are one person. Writes join the caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Placement:
    """`how`: NEW (a person of its own), AUTO or MANUAL. `candidates`: Patient ids that a reviewer must decide on."""

    person: UUID
    how: str
    candidates: tuple[str, ...]


def place(patient: dict[str, Any], *, hospital: str, at: datetime) -> Placement:
    """place_all for one Patient."""
    raise NotImplementedError


def place_all(patients: Sequence[dict[str, Any]], *, hospital: str, at: datetime) -> dict[str, Placement]:
    """Find the person of each new or changed Patient. Call it once in a transaction: it takes its locks in order."""
    raise NotImplementedError


def remove(patient: str) -> None:
    """Take a deleted Patient out of the index."""
    raise NotImplementedError


def persons(patients: Collection[str]) -> dict[str, UUID]:
    """The person of each Patient id that is known."""
    raise NotImplementedError


def linked(patient: str) -> list[str]:
    """All Patient ids of the person, sorted, the given one among them, known or not."""
    raise NotImplementedError


def settle(candidate: int, *, accept: bool, by: str, at: datetime) -> None:
    """A reviewer's word on a candidate: one person, or two. Raises AlreadySettled."""
    raise NotImplementedError


def unlink(patient: str, *, by: str, at: datetime) -> UUID:
    """Give the Patient a person of its own, and never link it by itself to those it was with. The new person."""
    raise NotImplementedError
