"""A search as a tree of conditions over one row of the index: what fhir.search writes and records.search reads.

Numbers called `salt` and `term` are those of fhir.terms: 64-bit, the same in the index and in the query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from medbridge.fhir.dates import Prefix

Dated = tuple[Prefix, datetime, datetime]
Match = Literal["starts", "contains", "ends", "exact"]


@dataclass(frozen=True, slots=True)
class Terms:
    """The row holds one of these terms (tokens, uris, composites of tokens, :identifier, :of-type, :exact).

    paired: the index also holds each of them ^ terms.key("Patient", id) for every Patient that the row's `patient` or
    `subject` refers to (parameter `code`, spellings `c` and `s|c`): then records.search finds code and patient at once.
    """

    any: tuple[int, ...]
    paired: bool = False


@dataclass(frozen=True, slots=True)
class Refers:
    """The row refers to one of these: terms.key(type, id) ^ the parameter's salt."""

    any: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ids:
    """The row's own id is one of these."""

    any: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """The row has (or lacks) a value for the parameter whose bit is `mask` (parameters.Parameter.bit)."""

    mask: int
    present: bool


@dataclass(frozen=True, slots=True)
class Strings:
    """A folded value of the string (or uri) parameter matches one of these folded texts."""

    salt: int
    any: tuple[str, ...]
    how: Match


@dataclass(frozen=True, slots=True)
class Displays:
    """A text (CodeableConcept.text, display) of the parameter has a word that starts with one of these folded texts."""

    salt: int
    any: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """An interval of the date parameter compares so. salt None: the clinical date, the row's own low and high.

    pair: for a composite below a repeating element: one of these terms (salt of the composite ^ H(spelling of
    the token half)) stands beside the interval.
    """

    salt: int | None
    any: tuple[Dated, ...]
    pair: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LastUpdated:
    any: tuple[Dated, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of a number or quantity search.

    eq, ne: the implied precision (R4 search.html#number), low included, high not; ap: both included; for the other
    prefixes low is high, the number itself.
    units: of these digests the stored value has one (`system|code`, `|code or unit`); empty: any unit.
    canonical: (unit, low, high) when the unit is UCUM's: then only this is compared, in UCUM base units.
    """

    prefix: Prefix
    low: Decimal
    high: Decimal
    units: tuple[int, ...] = ()
    canonical: tuple[int, Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """pair: as in Dates."""

    salt: int
    any: tuple[Measure, ...]
    pair: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """The row refers, through a salt, to a row of one of the types; the reader may see it, and `where` holds for it."""

    salts: tuple[int, ...]
    types: tuple[str, ...]
    where: "Condition"


@dataclass(frozen=True, slots=True)
class Has:
    """A row of `type` that the reader may see refers to this row through one of the salts, and `where` holds for it."""

    type: str
    salts: tuple[int, ...]
    where: "Condition"


@dataclass(frozen=True, slots=True)
class Listed:
    """The row is an item of this List (`_list`), which the reader may see. salt: that of List.item."""

    list: str
    salt: int


@dataclass(frozen=True, slots=True)
class Near:
    """Location.position within `kilometres` of the point (degrees, WGS 84)."""

    latitude: float
    longitude: float
    kilometres: float


@dataclass(frozen=True, slots=True)
class Words:
    """Every word stands, folded, in the narrative (`_text`) or, `whole`, anywhere in the resource (`_content`)."""

    words: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class All:
    of: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    of: "Condition"


Condition = (
    Terms | Refers | Ids | Present | Strings | Displays | Dates | LastUpdated | Numbers | Chain | Has | Listed | Near
    | Words | All | Either | Not
)  # fmt: skip


def looks_elsewhere(condition: Condition) -> bool:
    """Whether it asks for anything of another row."""
    match condition:
        case All() | Either():
            return any(map(looks_elsewhere, condition.of))
        case Not():
            return looks_elsewhere(condition.of)
    return isinstance(condition, Chain | Has | Listed)


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of the order. `by` says where the value is; rows without one come last either way.

    clinical: the row's low/high; date, number, string: the value tables under `salt`; token, reference, uri: the first
    value at one of `paths` (parameters.Parameter.paths) in the stored resource.
    """

    by: Literal["id", "updated", "clinical", "date", "number", "string", "token", "reference", "uri"]
    descending: bool = False
    salt: int | None = None
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` (reverse False): rows that rows of `type` refer to; `_revinclude`: rows of `type` that refer to them.

    type: of the row that holds the reference; empty, of `_revinclude=*` only: any. targets: types of the referred row;
    empty: any. iterate: `:iterate`.
    """

    type: str
    salts: tuple[int, ...]
    targets: tuple[str, ...] = ()
    reverse: bool = False
    iterate: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole search.

    `patients`: every row sought is in the compartment of, or refers to, one of these Patients (patient=, subject=, a
    Patient compartment); None when the search does not say so. `follow_person`: patient:mdm= was used: `patients` is
    then not in `where`; the caller finds the linked Patients and calls search.following(query, ids).
    `person_salts`: of the parameter that followed. `count` 0 never occurs: `_count=0` is summary "count".
    `unknown`: what was not understood and not applied. `applied`: for the self link.
    `custom`: URLs of the custom parameters that it uses.
    `elements`: names of `_elements`; with summary "true", "text" or "data" the resources are cut (fhir.subset).
    """

    type: str
    where: All = All()
    sort: tuple[Sort, ...] = ()
    includes: tuple[Include, ...] = ()
    patients: tuple[str, ...] | None = None
    follow_person: bool = False
    person_salts: tuple[int, ...] = ()
    count: int = 50
    summary: Literal["false", "true", "text", "data", "count"] = "false"
    elements: tuple[str, ...] = ()
    total: Literal["none", "estimate", "accurate"] | None = None
    contained: Literal["false"] = "false"
    cursor: str | None = None
    custom: tuple[str, ...] = ()
    unknown: Sequence[str] = field(default_factory=list)
    applied: Sequence[tuple[str, str]] = field(default_factory=list)
