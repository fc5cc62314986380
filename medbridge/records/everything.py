"""All that is in a compartment (FHIR R4 patient-operation-everything, encounter-operation-everything), oldest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from medbridge.fhir import compartments, terms
from medbridge.fhir.dates import EARLIEST, LATEST
from medbridge.fhir.parameters import stored, supported
from medbridge.records.search import VERSIONS, Hit, hit_columns
from medbridge.records.statement import JUDGED, Predicate, Statement

# Their date is a birth: it says nothing of when care was given.
_BORN = ["Patient", "Person", "RelatedPerson"]
_COLUMNS = f"pk, key, version, updated_at, version_pk, deleted, {JUDGED}"


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a compartment. types: none: all. since: stored then or later. start, end: of care.

    What has no clinical date is in every range of care: it may belong to any.
    """

    types: tuple[str, ...] = ()
    since: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None


WHOLE = Part()


def of_patients(
    patients: Sequence[str], part: Part = WHOLE, *, visible: Predicate, limit: int, after: int = 0
) -> list[Hit]:
    """Up to `limit` rows of these Patients' compartments, after the row numbered `after`."""
    sql = Statement()
    tables, seen = visible.gather(patients, sql.put, nobody_else=True)
    # IS TRUE, MATERIALIZED: or PostgreSQL would walk all rows by pk, until a page of these Patients' has come.
    where = f"{sql.is_one('r.patient', patients)} AND (r.pk > {sql.put(after)}) IS TRUE AND NOT r.deleted"
    found = f"found AS MATERIALIZED (SELECT {_COLUMNS} FROM records_current r WHERE {where})"  # noqa: S608
    # Sorted before they are judged: then only a page is.
    in_order = "SELECT * FROM found ORDER BY pk OFFSET 0"
    rows = f"SELECT * FROM ({in_order}) r WHERE {_of_part(part, sql, seen, after)} ORDER BY pk LIMIT {int(limit)}"  # noqa: S608
    return _hits(sql, seen, ", ".join(filter(None, [tables, found])), rows)


def of_encounter(
    encounter: str, patient: str | None, part: Part = WHOLE, *, visible: Predicate, limit: int, after: int = 0
) -> list[Hit]:
    """The Encounter, what refers to it as CompartmentDefinition/encounter says, and its Patient."""
    sql = Statement()
    patients = [patient] if patient else []
    tables, seen = visible.gather(patients, sql.put)
    keys = [terms.key("Encounter", encounter), *(terms.key("Patient", each) for each in patients)]
    referring = [keys[0] ^ salt for salt in _salts()]
    where = f"(r.refs && {sql.numbers(referring)} OR r.key = ANY({sql.numbers(keys)}))"
    # Materialized: an encounter is a few hundred rows, and walking the table in the order of pk would pass millions.
    found = f"found AS MATERIALIZED (SELECT * FROM records_current r WHERE {where})"  # noqa: S608
    rows = f"SELECT * FROM found r WHERE {_of_part(part, sql, seen, after)} ORDER BY pk LIMIT {int(limit)}"  # noqa: S608
    return _hits(sql, seen, ", ".join(filter(None, [tables, found])), rows)


def of_keys(wanted: Iterable[int], part: Part = WHOLE, *, visible: Predicate) -> list[Hit]:
    """Those of the records with these keys that were stored in time and are of the types, whatever their own date."""
    sql = Statement()
    stored = Part(part.types, part.since)
    where = f"r.key = ANY({sql.numbers(sorted(wanted))}) AND {_of_part(stored, sql, visible, 0)}"
    return _hits(sql, visible, "", f"SELECT * FROM records_current r WHERE {where}")  # noqa: S608


def _salts() -> list[int]:
    members = compartments.members("Encounter").items()
    listed = ((type, supported(type)[name]) for type, names in members for name in names)
    return sorted({each.salt for type, parameter in listed for each in stored(type, parameter)})


def _of_part(part: Part, sql: Statement, seen: Predicate, after: int) -> str:
    conditions = [f"NOT r.deleted AND r.pk > {sql.put(after)}"]
    if part.types:
        conditions.append(f"r.type = ANY({sql.texts(part.types)})")
    if part.since:
        conditions.append(f"r.updated_at >= {sql.put(part.since)}")
    if part.start or part.end:
        low, high = sql.put(part.start or EARLIEST), sql.put(part.end or LATEST)
        within = f"r.low <= {high} AND r.high >= {low}"
        conditions.append(f"(r.type = ANY({sql.texts(_BORN)}) OR r.low IS NULL OR ({within}))")
    return " AND ".join([*conditions, f"({seen.condition('r', sql.put)})"])


def _hits(sql: Statement, seen: Predicate, tables: str, rows: str) -> list[Hit]:
    with_ = f"WITH {tables} " if tables else ""
    text = f"{with_}SELECT {hit_columns(seen, sql)} FROM ({rows}) r {VERSIONS} ORDER BY r.pk"  # noqa: S608
    return [Hit(*row) for row in sql.rows(text)]
