"""Conditions (fhir.query) as SQL over rows of records_current.

Wherever a condition reaches another row, through a chain or `_has`, the reader's predicate is on that row too: a row
that the reader may not see leads nowhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from medbridge.fhir import query, terms
from medbridge.records.search_ranges import date_range, number_range
from medbridge.records.search_words import near, words
from medbridge.records.statement import Predicate, Statement

# A string that begins with the prefix sorts, byte by byte, below the prefix and this.
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Keys:
    """The row is one of these (terms.key): what chains, `_has` and `_list` come to when few rows lie behind them."""

    any: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An alias of records_current, the types that its rows can have (none: any), and the Patients asked for."""

    alias: str
    types: tuple[str, ...]
    patients: tuple[str, ...] = ()


class Conditions:
    """Writes conditions into one statement for one reader."""

    def __init__(self, sql: Statement, seen: Predicate) -> None:
        self.sql, self.seen = sql, seen
        self._aliases = 0

    def visible(self, row: Row, where: Any, *, found: bool = False) -> str:
        """That a row exists for the reader, is of the types, and satisfies the condition. found: by numbers already."""
        return (
            f"{self.matching(row, where, found=found)} AND ({self.seen.condition(row.alias, self.sql.put, row.types)})"
        )

    def matching(self, row: Row, where: Any, *, found: bool = False) -> str:
        """The same without the reader: for rows that are judged later in the statement."""
        types = self._types(row)
        if types and (found or finds_by_number(where)):
            # The numbers are of one type each. Left to the planner, it would read an index of all rows of the type too.
            types = f"({types}) IS TRUE"
        return " AND ".join([f"NOT {row.alias}.deleted", *([types] if types else []), self.of(where, row)])

    def of(self, condition: Any, row: Row) -> str:
        """True, false or NULL; NULL counts as false."""
        return _WRITERS[type(condition)](self, condition, row)

    def alias(self) -> str:
        self._aliases += 1
        return f"x{self._aliases}"

    def _types(self, row: Row) -> str:
        if len(row.types) == 1:
            return f"{row.alias}.type = {self.sql.put(row.types[0])}"
        return f"{row.alias}.type = ANY({self.sql.texts(row.types)})" if row.types else ""

    def all(self, condition: query.All, row: Row) -> str:
        of = _paired(condition.of, row)
        return " AND ".join(self.of(each, row) for each in of) if of else "TRUE"

    def either(self, condition: query.Either, row: Row) -> str:
        return "(" + (" OR ".join(f"({self.of(each, row)})" for each in condition.of) or "FALSE") + ")"

    def negation(self, condition: query.Not, row: Row) -> str:
        return f"(({self.of(condition.of, row)}) IS NOT TRUE)"

    def terms(self, condition: query.Terms, row: Row) -> str:
        return f"{row.alias}.terms && {self.sql.numbers(condition.any)}"

    def refers(self, condition: query.Refers, row: Row) -> str:
        return f"{row.alias}.refs && {self.sql.numbers(condition.any)}"

    def keys(self, condition: Keys, row: Row) -> str:
        return f"{row.alias}.key = ANY({self.sql.numbers(condition.any)})"

    def ids(self, condition: query.Ids, row: Row) -> str:
        """By key: the types are known, and one index serves all of them."""
        return self.keys(Keys(tuple(terms.key(type, id) for type in row.types for id in condition.any)), row)

    def present(self, condition: query.Present, row: Row) -> str:
        return f"({row.alias}.present & {self.sql.put(condition.mask)}) {'<>' if condition.present else '='} 0"

    def strings(self, condition: query.Strings, row: Row) -> str:
        matches = " OR ".join(self._string(text, condition.how) for text in condition.any)
        return (
            f"{row.alias}.pk IN (SELECT t.record FROM records_text t"  # noqa: S608
            f" WHERE t.salt = {self.sql.put(condition.salt)} AND ({matches}))"
        )

    def _string(self, text: str, how: query.Match) -> str:
        if how == "exact":
            return f"t.value = {self.sql.put(text)}"
        if how == "contains":
            return f"position({self.sql.put(text)} IN t.value) > 0"
        if how == "ends":
            return f"right(t.value, {len(text)}) = {self.sql.put(text)}"
        return f"t.value >= {self.sql.put(text)} AND t.value < {self.sql.put(text + _LAST)}"

    def displays(self, condition: query.Displays, row: Row) -> str:
        """Every text there is with such a word, whoever's record brought it: a limit here would tell of hidden rows."""
        matches = " OR ".join(f"position({self.sql.put(' ' + text)} IN ' ' || d.value) > 0" for text in condition.any)
        return (
            f"{row.alias}.terms && ARRAY(SELECT d.term FROM records_display d"  # noqa: S608
            f" WHERE d.salt = {self.sql.put(condition.salt)} AND ({matches}))"
        )

    def dates(self, condition: query.Dates, row: Row) -> str:
        if condition.salt is None:
            return self._ranges(condition.any, f"{row.alias}.low", f"{row.alias}.high")
        ranges = self._ranges(condition.any, "d.low", "d.high")
        return self._valued(row, "records_date d", condition, ranges)

    def updated(self, condition: query.LastUpdated, row: Row) -> str:
        return self._ranges(condition.any, f"{row.alias}.updated_at", f"{row.alias}.updated_at")

    def _ranges(self, dated: Sequence[query.Dated], low: str, high: str) -> str:
        return "(" + " OR ".join(date_range(each, low, high, self.sql.put) for each in dated) + ")"

    def numbers(self, condition: query.Numbers, row: Row) -> str:
        ranges = " OR ".join(f"({number_range(each, 'd', self.sql)})" for each in condition.any)
        return self._valued(row, "records_number d", condition, f"({ranges})")

    def _valued(self, row: Row, table: str, condition: query.Dates | query.Numbers, ranges: str) -> str:
        pair = f" AND d.pair = ANY({self.sql.numbers(condition.pair)})" if condition.pair else ""
        return (
            f"{row.alias}.pk IN (SELECT d.record FROM {table}"  # noqa: S608
            f" WHERE d.salt = {self.sql.put(condition.salt)}{pair} AND {ranges})"
        )

    def chain(self, condition: query.Chain, row: Row) -> str:
        target = Row(self.alias(), condition.types)
        refs = f"unnest({row.alias}.refs) f(ref) CROSS JOIN unnest({self.sql.numbers(condition.salts)}) s(salt)"
        return (
            f"EXISTS (SELECT FROM {refs} JOIN records_current {target.alias} ON {target.alias}.key = f.ref # s.salt"
            f" WHERE {self.visible(target, condition.where, found=True)})"
        )

    def has(self, condition: query.Has, row: Row) -> str:
        source = Row(self.alias(), (condition.type,))
        refs = f"{source.alias}.refs && {self._with_key(row, condition.salts)}"
        where, code = condition.where, paired_code(condition, row)
        if code is not None:
            # One probe finds code and Patient together; that the reference is the one asked for is then only compared.
            refs = f"({refs}) IS TRUE AND {source.alias}.terms && {self._with_key(row, code.any)}"
            # OFFSET 0: probed for each row, whatever the planner expects of all values; only what is found is judged.
            probed = f"SELECT * FROM records_current {source.alias} WHERE {refs} OFFSET 0"  # noqa: S608
            seen = self.visible(source, _without(where, code), found=True)
            return f"EXISTS (SELECT FROM ({probed}) {source.alias} WHERE {seen})"
        seen = self.visible(source, where, found=True)
        return f"EXISTS (SELECT FROM records_current {source.alias} WHERE {refs} AND {seen})"

    def _with_key(self, row: Row, numbers: Sequence[int]) -> str:
        each = ", ".join(f"{row.alias}.key # {self.sql.put(number)}::bigint" for number in numbers)
        return f"ARRAY[{each}]"

    def near(self, condition: query.Near, row: Row) -> str:
        return near(condition, row.alias, self.sql.put)

    def words(self, condition: query.Words, row: Row) -> str:
        return words(condition, row.alias, self.sql.put)


_WRITERS: dict[type, Callable[[Conditions, Any, Row], str]] = {
    query.All: Conditions.all,
    query.Either: Conditions.either,
    query.Not: Conditions.negation,
    query.Terms: Conditions.terms,
    query.Refers: Conditions.refers,
    Keys: Conditions.keys,
    query.Ids: Conditions.ids,
    query.Present: Conditions.present,
    query.Strings: Conditions.strings,
    query.Displays: Conditions.displays,
    query.Dates: Conditions.dates,
    query.LastUpdated: Conditions.updated,
    query.Numbers: Conditions.numbers,
    query.Chain: Conditions.chain,
    query.Has: Conditions.has,
    query.Near: Conditions.near,
    query.Words: Conditions.words,
}


def finds_by_number(where: Any) -> bool:
    of = where.of if isinstance(where, query.All) else (where,)
    return any(isinstance(each, query.Terms | query.Refers | query.Ids | Keys) for each in of)


def named_patient(where: query.All, row: Row) -> query.Refers | None:
    """The condition that the row is about the one Patient asked for, through its `patient` or `subject`."""
    named = (each for each in where.of if isinstance(each, query.Refers) and _names_patients(each, row))
    return next(named, None) if len(row.patients) == 1 else None


def _paired(of: tuple[Any, ...], row: Row) -> tuple[Any, ...]:
    """Patient and code asked for by subject and code: the terms that are both at once take the place of code.

    The reference stays a condition, for equal numbers could be made up; it then only filters what the terms found.
    """
    code = next((each for each in of if isinstance(each, query.Terms) and each.paired), None)
    patient = next((each for each in of if isinstance(each, query.Refers) and _names_patients(each, row)), None)
    if code is None or patient is None:
        return of
    keys = [terms.key("Patient", id) for id in row.patients]
    both = query.Terms(tuple(term ^ key for term in code.any for key in keys))
    return (both, *(each for each in of if each is not code))


def _names_patients(condition: query.Refers, row: Row) -> bool:
    return bool(row.patients) and set(condition.any) <= {
        terms.key("Patient", id) ^ terms.salt(type, name)
        for id in row.patients
        for type in row.types
        for name in ("patient", "subject")
    }


def paired_code(condition: query.Has, row: Row) -> query.Terms | None:
    if row.types != ("Patient",):
        return None
    if not set(condition.salts) <= {terms.salt(condition.type, name) for name in ("patient", "subject")}:
        return None
    of = condition.where.of if isinstance(condition.where, query.All) else (condition.where,)
    return next((each for each in of if isinstance(each, query.Terms) and each.paired), None)


def _without(where: Any, part: query.Terms) -> query.All:
    of = where.of if isinstance(where, query.All) else (where,)
    return query.All(tuple(each for each in of if each is not part))
