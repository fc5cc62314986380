"""A table shaped like records_current, on the real PostgreSQL, and what the compiled condition shows of it."""

from collections.abc import Iterable

from django.db import connection

from medbridge.consent.compile import predicate
from medbridge.consent.rules import Request, Row


def create(rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE shown (n int, type text, id text, patient text, hospital text,"
            " low timestamptz, high timestamptz) ON COMMIT DROP"
        )
        cursor.executemany(
            "INSERT INTO shown VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(n, r.type, r.id, r.patient, r.custodian, r.low, r.high) for n, r in enumerate(rows)],
        )


def visible(request: Request, **policy: bool) -> set[int]:
    """Numbers of the rows seen; the negated condition must give exactly the rest, so that it is never NULL."""
    condition, parameters = predicate(request, alias="s", **policy)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT n, {condition} FROM shown s", parameters)
        found = dict(cursor.fetchall())
    assert None not in found.values()
    return {number for number, seen in found.items() if seen}
