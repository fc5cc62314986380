"""The rows of one page, in order: how PostgreSQL is to come to them, where one plan serves all values.

Its estimates are the same for every patient and every code, so the statement itself says what is read first: what the
page's own patient or terms find, never the table in the order of `pk` until a page is full.
"""

from dataclasses import dataclass, replace
from typing import Any

from medbridge.fhir.query import All, Dates, Has, Ids, Present, Query, Sort
from medbridge.records import search_order
from medbridge.records.search_conditions import Conditions, Keys, Row, finds_by_number, named_patient, paired_code
from medbridge.records.search_order import After
from medbridge.records.statement import JUDGED, Predicate, Statement

# Their `patient` need not be the one that they refer to: a link, the patient that a message was about.
NOT_HERS = ("Patient", "Provenance")


def one_plan(query: Query) -> bool:
    """Whether one plan serves all values of a search that is resolved: records named, or Patients, or common codes.

    The last reads Patients in the order of `pk` until the page is full, a probe for each.
    """
    if query.patients or any(isinstance(each, Keys | Ids) for each in query.where.of):
        return True
    row = Row("r", (query.type,))
    probes = [each for each in query.where.of if isinstance(each, Has) and paired_code(each, row)]
    compared = [each for each in query.where.of if isinstance(each, Present) or _is_own_date(each)]
    return bool(probes) and not query.sort and not query.includes and len(probes) + len(compared) == len(query.where.of)


@dataclass(frozen=True)
class Rows:
    """The SELECT of one search: its conditions resolved (search_resolve), `seen` gathered for its Patients."""

    sql: Statement
    query: Query
    seen: Predicate
    limit: int
    after: After | None

    def select(self) -> str:
        """Columns of records_current, sort values s0, s1 ...; at most `limit` rows, the first of the order."""
        refers = self._patient_in_order()
        if refers is not None:
            return self._in_order(refers)
        return self._sorted() if self.query.patients else self._cut(self._table(self._where(), judged=True))

    @property
    def _row(self) -> Row:
        return Row("r", (self.query.type,), self.query.patients or ())

    @property
    def _conditions(self) -> Conditions:
        return Conditions(self.sql, self.seen)

    def _where(self) -> str:
        return self._conditions.matching(self._row, self.query.where)

    def _table(self, where: str, *, judged: bool) -> str:
        sorts = search_order.keys(self.query.sort, "r", self.sql, self.after)
        values = "".join(f", {key} AS s{at}" for at, key in enumerate(sorts))
        refs = "refs" if self.query.includes else "NULL::bigint[] AS refs"
        seen = f" AND {self._seen()}" if judged else ""
        columns = f"pk, key, version, updated_at, version_pk, {JUDGED}, {refs}{values}"
        return f"SELECT {columns} FROM records_current r WHERE {where}{seen}"  # noqa: S608

    def _seen(self) -> str:
        return f"({self.seen.condition('r', self.sql.put, (self.query.type,))})"

    def _beyond(self) -> str:
        """After the page before."""
        return "TRUE" if self.after is None else search_order.beyond(self.query.sort, self.after, self.sql.put)

    def _cut(self, rows: str) -> str:
        rows = rows if self.after is None else f"SELECT * FROM ({rows}) r WHERE {self._beyond()}"  # noqa: S608
        return f"{rows} ORDER BY {search_order.order(self.query.sort)} LIMIT {int(self.limit)}"

    def _sorted(self) -> str:
        """Sorted before they are judged: then only a page is. OFFSET 0: each step is done as it is written."""
        order, found = search_order.order(self.query.sort), self._table(self._where(), judged=False)
        rows = f"SELECT * FROM ({found} OFFSET 0) r WHERE {self._beyond()} ORDER BY {order} OFFSET 0"  # noqa: S608
        return f"SELECT * FROM ({rows}) r WHERE {self._seen()} ORDER BY {order} LIMIT {int(self.limit)}"  # noqa: S608

    def _patient_in_order(self) -> Any:
        """The condition that names the one Patient, where index current_patient has her rows in the order asked for."""
        query = self.query
        if query.sort != (Sort("clinical", descending=True),) or query.type in NOT_HERS:
            return None
        refers = named_patient(query.where, self._row)
        return None if refers is None or finds_by_number(_without(query.where, refers)) else refers

    def _in_order(self, refers: Any) -> str:
        """Her rows as the index has them, as many as the page takes; and those that speak of others too.

        A row that refers to the Patient is hers, or has no patient at all (fhir.index.Index.several).
        """
        [patient] = self.query.patients or ()
        rest = self._conditions.matching(self._row, _without(self.query.where, refers))
        numbers = self._conditions.of(refers, self._row)
        hers = f"r.patient = {self.sql.put(patient)} AND ({numbers}) IS TRUE AND {rest}"
        nobodys = f"r.patient IS NULL AND {numbers} AND ({rest}) IS TRUE AND NOT r.deleted"
        branches = " UNION ALL ".join(f"({self._cut(self._table(each, judged=True))})" for each in (hers, nobodys))
        return f"SELECT * FROM ({branches}) r ORDER BY {search_order.order(self.query.sort)} LIMIT {int(self.limit)}"  # noqa: S608


def _without(where: All, part: Any) -> All:
    return replace(where, of=tuple(each for each in where.of if each is not part))


def _is_own_date(condition: Any) -> bool:
    """Of the row's own columns, not of a table beside it."""
    return isinstance(condition, Dates) and condition.salt is None
