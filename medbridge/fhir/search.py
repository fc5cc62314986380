"""From the text of a search to a plan that SQL can be made of (FHIR R4 search.html). Pure; no data is touched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from medbridge.fhir.dates import Prefix

Match = Literal["starts", "contains"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one search may ask for. Beyond `count_max` the page is smaller; beyond the others: refused."""

    count_default: int = 50
    count_max: int = 1000
    parameters: int = 40
    or_values: int = 200
    value_length: int = 2000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Query:
    """A search. All conditions hold together (AND); inside one list any value will do (OR).

    `terms`: a row must hold one term of every list. `not_terms`: none of any list (`:not`).
    `strings`: (parameter, folded values, how). Exact strings are terms.
    `dates`, `last_updated`: lists of OR-lists of (prefix, low, high), see dates.compare; `dates` is the clinical date.
    `missing`: True: no clinical date; False: has one; None: not asked.
    `ids`: Patient-independent `_id`. `patients`: the Patient ids asked for by patient= or subject=, else None.
    `follow_person`: patient:mdm= was used: the conditions on `patients` are then not in `terms`; the caller finds the
    linked Patients and adds `person_terms(ids)` as one more OR-list.
    `unknown`: what was not understood and not applied, for the caller to report. `applied`: for the self link.
    """

    type: str
    terms: list[list[str]] = field(default_factory=list)
    not_terms: list[list[str]] = field(default_factory=list)
    strings: list[tuple[str, list[str], Match]] = field(default_factory=list)
    dates: list[list[tuple[Prefix, datetime, datetime]]] = field(default_factory=list)
    last_updated: list[list[tuple[Prefix, datetime, datetime]]] = field(default_factory=list)
    missing: bool | None = None
    ids: list[str] | None = None
    patients: list[str] | None = None
    follow_person: bool = False
    person_parameter: str | None = None
    count: int = LIMITS.count_default
    summary: Literal["false", "count"] = "false"
    total: Literal["none", "estimate", "accurate"] | None = None
    sort: list[tuple[str, bool]] = field(default_factory=list)
    cursor: str | None = None
    unknown: list[str] = field(default_factory=list)
    applied: list[tuple[str, str]] = field(default_factory=list)

    def person_terms(self, ids: Iterable[str]) -> list[str]:
        """The OR-list that stands for `patient:mdm=` once the linked Patients are known."""
        raise NotImplementedError


def parse_query(
    type: str,
    pairs: Sequence[tuple[str, str]],
    *,
    limits: Limits = LIMITS,
    strict: bool = False,
    base: str | None = None,
) -> Query:
    """Understand a search of one type. `pairs` are decoded; `base` is this server's URL, taken off references.

    Raises FhirError(400) for a malformed value or a limit passed, and, when `strict` (Prefer: handling=strict), for
    anything that would end up in `unknown`.
    """
    raise NotImplementedError
