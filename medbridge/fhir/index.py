"""What is remembered of a resource so that it can be found (FHIR R4 search.html)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Index:
    """The search row of one resource.

    `patient`: the id of the one Patient in whose compartment it is; None when there is none, or when it refers to
    several (`several` is then True), so that no one person's consent shares it.
    `terms`: distinct, for array matching. `strings`: (parameter, folded text), for prefix matching.
    `low`, `high`: the interval (UTC, both ends included) of the type's clinical date; both or neither.
    """

    patient: str | None
    several: bool
    terms: list[str]
    strings: list[tuple[str, str]]
    low: datetime | None
    high: datetime | None


def index(resource: dict[str, Any]) -> Index:
    """Index a valid resource; elements of the wrong shape are passed over, never raised."""
    raise NotImplementedError


def coding_terms(parameter: str, coding: dict[str, Any]) -> list[str]:
    """Terms of one Coding, for labels that are kept beside the resource (`coding_terms("_security", label)`)."""
    raise NotImplementedError
