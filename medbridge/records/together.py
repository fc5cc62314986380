"""All rows of one record's new version by one statement, as a single write has it.

A bundle's rows go in by COPY, table by table. Of one record, each of six statements would take longer to send, plan and
answer than to carry out.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

# SQL with %s placeholders, and their values.
Part = tuple[str, Sequence[Any]]


def insertion(table: str, columns: str, row: Sequence[Any]) -> Part:
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(row))})", row  # noqa: S608


def together(parts: Sequence[Part]) -> None:
    """Carry out these changes, in no order: each sees the tables as they were before all of them."""
    *first, (last, _) = parts
    named = ", ".join(f"part{number} AS ({sql})" for number, (sql, _) in enumerate(first))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} {last}" if first else last, [value for _, values in parts for value in values])


def array(values: Iterable[object]) -> str:
    """Numbers as PostgreSQL writes an array, None as NULL: psycopg writes lists element by element in Python."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
