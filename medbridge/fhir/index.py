"""What is remembered of a resource so that it can be found (FHIR R4 search.html; docs/search.md)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple


class Dated(NamedTuple):
    """An interval (UTC, both ends included) of a date parameter other than the row's clinical date.

    pair: below a composite's root, salt is the composite's and pair its term of one spelling of the token half.
    """

    salt: int
    low: datetime
    high: datetime
    pair: int | None = None


class Number(NamedTuple):
    """A number or quantity. high None: the same as low. An open end is Decimal("Infinity") or Decimal("-Infinity").

    units: terms.digest of `system|code`, `|code` and `|unit`, as far as they are there.
    canonical: (terms.digest of the UCUM base unit, low, high) where the unit is UCUM's; high as above.
    pair: as in Dated.
    """

    salt: int
    low: Decimal
    high: Decimal | None = None
    units: tuple[int, ...] = ()
    canonical: tuple[int, Decimal, Decimal | None] | None = None
    pair: int | None = None


class Display(NamedTuple):
    """A text of a code: its term (which is among the row's terms too), salt of `name:text`, the folded text."""

    term: int
    salt: int
    text: str


@dataclass(slots=True)
class Index:
    """The search row of one resource.

    `key`: terms.key(type, id).
    `patient`: the id of the one Patient in whose compartment it is; None when there is none, or when it speaks of
    several (`several` is then True), so that no one person's consent shares it.
    `terms`, `refs`: distinct; see docs/search.md. `strings`: (salt, folded text), for prefix matching.
    `low`, `high`: the interval (UTC, both ends included) of the type's clinical date; both or neither.
    An open end of a Period is dates.EARLIEST or dates.LATEST.
    `present`: the bits of the parameters that have a value. `near`: latitude and longitude of a Location, degrees.
    """

    key: int
    patient: str | None
    several: bool
    terms: list[int] = field(default_factory=list)
    refs: list[int] = field(default_factory=list)
    strings: list[tuple[int, str]] = field(default_factory=list)
    low: datetime | None = None
    high: datetime | None = None
    dates: list[Dated] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    displays: list[Display] = field(default_factory=list)
    present: int = 0
    near: tuple[float, float] | None = None


def index(resource: dict[str, Any], raw: bytes | None = None, patient: str | None = None) -> Index:
    """Index a valid resource; elements of the wrong shape are passed over, never raised.

    raw: digits.serialize(resource), for a caller that has it; saves time. patient: in whose compartment the row will
    be whatever the resource says.
    """
    raise NotImplementedError
