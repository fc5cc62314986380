"""What an extractor gathers from one resource; every function that it calls adds to it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

# (term, salt of `name:text`, folded text): the term is among the row's terms too.
Display = tuple[int, int, str]


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


@dataclass(slots=True)
class Found:
    """Most as in index.Index, duplicates included.

    `whose`: ids of Patients that the parameters of the Patient compartment refer to; `subjects`: terms.key of those
    that `patient` and `subject` refer to. `codes`: terms of `code` that are stored once more with each of them.
    `clinical`: (rank in parameters.clinical_date, low, high).
    """

    terms: list[int] = field(default_factory=list)
    refs: list[int] = field(default_factory=list)
    strings: list[tuple[int, str]] = field(default_factory=list)
    clinical: list[tuple[int, datetime, datetime]] = field(default_factory=list)
    dates: list[Dated] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    displays: dict[int, Display] = field(default_factory=dict)
    whose: list[str] = field(default_factory=list)
    subjects: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    present: int = 0
    near: tuple[float, float] | None = None
