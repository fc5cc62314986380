"""A table shaped like records_current, on the real PostgreSQL, and what the compiled condition shows of it."""

from collections.abc import Iterable

from django.db import connection

from medbridge.consent.compile import Visible
from medbridge.consent.marks import REFERS
from medbridge.consent.rules import Request, Row
from medbridge.fhir.terms import key
from medbridge.records.statement import Statement


def create(rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE shown (n int, key bigint, type text, id text, patient text, hospital text,"
            " low timestamptz, high timestamptz, labels text[] NOT NULL, marks bigint[] NOT NULL) ON COMMIT DROP"
        )
        cursor.executemany(
            "INSERT INTO shown VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (n, key(r.type, r.id), r.type, r.id, r.patient, r.custodian, r.low, r.high, [*r.labels], [*r.marks])
                for n, r in enumerate(rows)
            ],
        )


def store_referring(source: str, patient: str, custodian: str, targets: Iterable[str]) -> None:
    """A record that refers to these, where records_refer looks for it."""
    type, id = source.split("/")
    marks = [REFERS ^ key(*target.split("/")) for target in targets]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_current (pk, key, version_pk, updated_at, present, version, deleted, type, id,"
            " patient, hospital, terms, refs, labels, marks)"
            " SELECT coalesce(max(pk), 0) + 1, %s, 0, now(), 0, 1, FALSE, %s, %s, %s, %s, '{}', '{}', '{}', %s"
            " FROM records_current",
            [key(type, id), type, id, patient, custodian, marks],
        )


def presumed(request: Request, patient: str, **policy: bool) -> set[int] | None:
    """The same where no consent tells records of one custodian apart; None where the statement cannot prove that."""
    sql = Statement()
    tables, seen, proof = Visible(request, **policy).presume([patient], sql.put)
    [(holds,)] = sql.rows(f"{'WITH ' + tables if tables else ''} SELECT {proof}")
    sql = Statement()
    tables, seen, _ = Visible(request, **policy).presume([patient], sql.put)
    return {number for number, seen, _ in _shown(sql, tables, seen) if seen} if holds else None


def visible(request: Request, *, gathered: tuple[str, ...] | None = None, **policy: bool) -> set[int]:
    """Numbers of the rows seen, the same over two aliases of one statement; true or false for each, never NULL.

    gathered: the Patients whose nodes the statement collects first.
    """
    sql, seen, tables = Statement(), Visible(request, **policy), ""
    if gathered is not None:
        tables, seen = seen.gather(gathered, sql.put)
    found = _shown(sql, tables, seen)
    assert all(first is second and first is not None for _, first, second in found)
    return {number for number, seen, _ in found if seen}


def _shown(sql: Statement, tables: str, seen: Visible) -> list[tuple[int, bool, bool]]:
    columns = ", ".join(seen.condition(alias, sql.put) for alias in ("s", "other"))
    return sql.rows(  # type: ignore[return-value]
        f"{'WITH ' + tables if tables else ''} SELECT s.n, {columns} FROM shown s JOIN shown other USING (n)"
    )
