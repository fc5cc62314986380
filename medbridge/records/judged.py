"""What the rules of consent look at in a record, without its content: for saying who sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medbridge.fhir.terms import key
from medbridge.records.statement import Predicate, Statement

_COLUMNS = "r.type, r.id, r.version, r.patient, r.hospital, r.low, r.high, r.deleted, r.labels, r.marks"


@dataclass(frozen=True, slots=True)
class Judged:
    """The current row. `hospital`: the custodian; None: the directory."""

    type: str
    id: str
    version: int
    patient: str | None
    hospital: str | None
    low: datetime | None
    high: datetime | None
    deleted: bool
    labels: list[str]
    marks: list[int]


def of_patients(patients: Sequence[str], *, visible: Predicate, limit: int) -> list[Judged]:
    """The newest `limit` records about these Patients that whoever asks may see."""
    sql = Statement()
    seen = visible.condition("r", sql.put)
    where = f"r.patient = ANY({sql.texts(patients)}) AND NOT r.deleted AND ({seen})"
    text = f"SELECT {_COLUMNS} FROM records_current r WHERE {where} ORDER BY r.pk DESC LIMIT {int(limit)}"  # noqa: S608
    return [Judged(*row) for row in sql.rows(text)]


def one(type: str, id: str, *, visible: Predicate) -> Judged | None:
    """This record, deleted or not, if whoever asks may see it."""
    sql = Statement()
    where = f"r.key = {sql.put(key(type, id))} AND ({visible.condition('r', sql.put)})"
    return next((Judged(*row) for row in sql.rows(f"SELECT {_COLUMNS} FROM records_current r WHERE {where}")), None)  # noqa: S608


def these(keys: Sequence[int]) -> dict[int, Judged]:
    """By key, whoever asks: for judging once more what a query has found, never for an answer."""
    sql = Statement()
    rows = sql.rows(f"SELECT r.key, {_COLUMNS} FROM records_current r WHERE r.key = ANY({sql.numbers(keys)})")  # noqa: S608
    return {row[0]: Judged(*row[1:]) for row in rows}


def marks_of(keys: Sequence[int]) -> list[tuple[int, str | None, str | None, list[int]]]:
    """(key, Patient, custodian, marks) of these records, whoever asks: for the rules, never for an answer."""
    sql = Statement()
    rows = sql.rows(
        f"SELECT r.key, r.patient, r.hospital, r.marks FROM records_current r WHERE r.key = ANY({sql.numbers(keys)})"  # noqa: S608
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
