"""Whether two Patients are one person. Pure; every outcome says why, and a wrong LINK is a disclosure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    LINK = "LINK"
    REVIEW = "REVIEW"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons`: short sentences for the reviewer."""

    outcome: Outcome
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """`family` and `given` folded to latin letters (Chinese as pinyin); `given` without spaces, `first` its first part."""

    family: str
    given: str
    first: str


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of a Patient. `strong`: "scheme:value"; `phones`: last 8 digits; `birth_date`: as in FHIR, or ""."""

    strong: tuple[str, ...]
    names: tuple[Name, ...]
    birth_date: str
    sex: str
    addresses: tuple[tuple[str, str], ...]
    phones: tuple[str, ...]


def traits(patient: dict[str, Any]) -> Traits:
    """What of a Patient resource tells people apart; elements of the wrong shape are passed over."""
    raise NotImplementedError


def blocking_keys(traits: Traits) -> list[str]:
    """Keys of which two Patients must share one to be compared at all."""
    raise NotImplementedError


def compare(a: Traits, b: Traits) -> Verdict:
    """LINK: same strong identifier, nothing against it. REVIEW: a person must decide. NONE: not alike."""
    raise NotImplementedError


def conflicts(a: Traits, b: Traits) -> Sequence[str]:
    """What speaks against two Patients being one person."""
    raise NotImplementedError
