"""Dates of FHIR as intervals, and how two intervals compare in a search (FHIR R4 search.html#date)."""

from datetime import UTC, datetime
from typing import Literal

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]

# Open ends of a Period. One day inside what datetime can hold, so that showing them in any time zone cannot overflow.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC)


def interval(text: str) -> tuple[datetime, datetime]:
    """First and last microsecond, in UTC, that a FHIR date, dateTime or instant can mean. ValueError if it is none."""
    raise NotImplementedError


def compare(prefix: Prefix, low: datetime, high: datetime, row_low: datetime, row_high: datetime) -> bool:
    """Whether a row's interval satisfies the prefix and the searched interval; records/search.py says the same in SQL."""
    raise NotImplementedError
