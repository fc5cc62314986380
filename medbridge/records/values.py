"""Writes the value tables beside the current rows, and whatever else goes in by COPY."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from medbridge.fhir.index import Index
from medbridge.records.together import Part, array

TABLES = ("records_text", "records_date", "records_number")
# Terms of texts that are committed: about 100 bytes each. A code system's texts come back with every record.
DISPLAYS_REMEMBERED = 100_000

_stored_displays: set[int] = set()

_TEXTS = "INSERT INTO records_text (record, salt, value) SELECT %s, * FROM unnest(%s::bigint[], %s::text[])"
_DATES = """INSERT INTO records_date (record, salt, low, high, pair)
SELECT %s, * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[])"""
_NUMBERS = """INSERT INTO records_number (record, salt, low, high, units, unit, base_low, base_high, pair)
SELECT %s, salt, low, high, units::bigint[], unit, base_low, base_high, pair
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::text[], %s::bigint[], %s::numeric[], %s::numeric[],
%s::bigint[]) AS n (salt, low, high, units, unit, base_low, base_high, pair)"""


def replace(gone: Sequence[int], rows: Iterable[tuple[int, Index]]) -> None:
    """Take away the values of the records `gone`, then store those of `rows`: (records_current.pk, index)."""
    if gone:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table} WHERE record = ANY(%s::bigint[])", [list(gone)])  # noqa: S608
    rows = list(rows)
    copy("records_text", "record, salt, value", [(pk, *text) for pk, found in rows for text in found.strings])
    copy("records_date", "record, salt, low, high, pair", [
        (pk, *date) for pk, found in rows for date in dict.fromkeys(found.dates)
    ])  # fmt: skip
    copy("records_number", "record, salt, low, high, units, unit, base_low, base_high, pair", [
        (pk, *number) for pk, found in rows for number in _numbers(found)
    ])  # fmt: skip
    store_displays(found for _, found in rows)


def parts(pk: int, found: Index | None, *, replaced: bool) -> list[Part]:
    """What `replace` does, but for the displays, for one record. replaced: whether it may have values already."""
    made: list[Part] = [(f"DELETE FROM {table} WHERE record = %s", [pk]) for table in TABLES if replaced]  # noqa: S608
    if found and found.strings:
        salts, texts = zip(*found.strings, strict=True)
        made.append((_TEXTS, [pk, array(salts), list(texts)]))
    if found and found.dates:
        salts, low, high, pair = zip(*dict.fromkeys(found.dates), strict=True)
        made.append((_DATES, [pk, array(salts), list(low), list(high), array(pair)]))
    if found and found.numbers:
        salts, low, high, units, *canonical, pair = zip(*_numbers(found), strict=True)
        made.append((_NUMBERS, [pk, array(salts), array(low), array(high), list(units), *map(array, canonical),
                                array(pair)]))  # fmt: skip
    return made


def _numbers(found: Index) -> list[tuple[Any, ...]]:
    """salt, low, high, units, unit, base_low, base_high, pair."""
    return [
        (n.salt, n.low, n.high, array(n.units) if n.units else None, *(n.canonical or (None, None, None)), n.pair)
        for n in dict.fromkeys(found.numbers)
    ]


def store_displays(rows: Iterable[Index]) -> None:
    """Each text once; what another transaction is storing this moment is stored twice rather than waited for."""
    displays = {display[0]: display for found in rows for display in found.displays}
    new = [display for term, display in displays.items() if term not in _stored_displays]
    if not new:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_display (term, salt, value) SELECT * FROM"
            " unnest(%s::bigint[], %s::bigint[], %s::text[]) AS new (term, salt, value)"
            " WHERE NOT EXISTS (SELECT FROM records_display d WHERE d.term = new.term)",
            [list(column) for column in zip(*new, strict=True)],
        )
    transaction.on_commit(lambda: _remember([display[0] for display in new]))


def _remember(terms: Sequence[int]) -> None:
    if len(_stored_displays) + len(terms) > DISPLAYS_REMEMBERED:
        _stored_displays.clear()
    _stored_displays.update(terms)


# COPY takes three round trips and a cursor of its own, INSERT one: faster up to some ten rows.
FEW = 8


def copy(table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store the rows, if there are any: by COPY, or where they are few by INSERT."""
    if not rows:
        return
    if len(rows) <= FEW:
        _insert(table, columns, rows)
        return
    # Django wraps the errors of execute(), not those of copy(), which shows a duplicate key only when it ends.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copying,
    ):
        for row in rows:
            copying.write_row(row)


def _insert(table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) VALUES {', '.join([row] * len(rows))}",  # noqa: S608
            [value for each in rows for value in each],
        )
