"""The statements that one PostgreSQL session has prepared."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.types.numeric import Int8BinaryDumper

Row = tuple[Any, ...]

# A statement that is asked once is not worth preparing; searches have many forms.
PREPARED_AT = 3
# Custom plans that PostgreSQL looks at before it chooses (choose_custom_plan in its plancache.c).
WEIGHED = 5
# Remembered in each session: the API has some dozens of its own, and a plan takes about 50 kB in PostgreSQL.
REMEMBERED = 200
# Within quotes in the text of an array.
_ESCAPED, _ESCAPE = re.compile(r'["\\]'), r"\\\g<0>"


class Statement:
    """One SQL text with the types of its parameters; prepared from its PREPARED_AT-th use on."""

    __slots__ = ("name", "text", "uses")

    def __init__(self, sql: str, number: int) -> None:
        self.text, self.name, self.uses = numbered(sql), b"medbridge_%d" % number, 0

    @property
    def prepared(self) -> bool:
        return self.uses >= PREPARED_AT


class Session:
    """Used by one thread, as the psycopg connection below it."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection
        self._statements: OrderedDict[tuple[str, tuple[int, ...]], Statement] = OrderedDict()
        self._number = 0
        # One type for all integers: the smallest fitting one, psycopg's choice, would make a statement of each.
        cursor = connection.cursor()
        cursor.adapters.register_dumper(int, Int8BinaryDumper)
        self._transformer = Transformer(cursor)

    def fetch(self, sql: str, params: Sequence[Any], *, prepare: bool) -> list[Row]:
        """All rows; [] for a statement that returns none. Raises psycopg.Error.

        prepare: whether it may be prepared, and be run as prepared before.
        """
        transformer, pgconn = self._transformer, self.connection.pgconn
        spelled = [_spelled(value) if type(value) is list else value for value in params]
        values: Any = transformer.dump_sequence(spelled, [PyFormat.AUTO] * len(params))
        types, formats = transformer.types or (), transformer.formats
        statement = self._statement(sql, types) if prepare else None
        if statement is not None and statement.prepared:
            result = pgconn.exec_prepared(statement.name, values, formats, Format.BINARY)
        else:
            text = numbered(sql) if statement is None else statement.text
            result = pgconn.exec_params(text, values, types, formats, Format.BINARY)
        return self._rows(result)

    def forget(self) -> None:
        """The server has dropped what was prepared, or is to prepare it anew."""
        self._statements.clear()

    def _statement(self, sql: str, types: tuple[int, ...]) -> Statement:
        found = self._statements.get((sql, types))
        if found is None:
            found = self._add(sql, types)
        else:
            self._statements.move_to_end((sql, types))
        if not found.prepared:
            found.uses += 1
            if found.prepared:
                self._rows(self.connection.pgconn.prepare(found.name, found.text, types))
                self._plan_once(found, len(types))
        return found

    def _plan_once(self, statement: Statement, parameters: int) -> None:
        """Have PostgreSQL keep one plan of it for all values.

        It would weigh five plans for given values against that one by their estimates, which are far off for consent
        predicates, and plan anew for ever: 0.5 ms for a search that runs in 0.15. Its setting (plan_cache_mode) holds
        for the session, with Django's statements in it; so the five are explained here, at a planner's price that makes
        them dear. What cannot be explained (SET) is not planned either, so an error here means nothing.
        """
        if parameters:
            values = b", ".join([b"NULL"] * parameters)
            explained = b"EXPLAIN EXECUTE %b(%b);" % (statement.name, values) * WEIGHED
            self.connection.pgconn.exec_(b"SET cpu_operator_cost = 1e6;%bRESET cpu_operator_cost" % explained)

    def _add(self, sql: str, types: tuple[int, ...]) -> Statement:
        if len(self._statements) >= REMEMBERED:
            _, oldest = self._statements.popitem(last=False)
            if oldest.prepared:
                self.connection.pgconn.exec_(b"DEALLOCATE " + oldest.name)
        self._number += 1
        made = self._statements[sql, types] = Statement(sql, self._number)
        return made

    def _rows(self, result: PGresult) -> list[Row]:
        if result.status == ExecStatus.TUPLES_OK:
            self._transformer.set_pgresult(result, set_loaders=True, format=Format.BINARY)
            return self._transformer.load_rows(0, result.ntuples, tuple)
        if result.status != ExecStatus.COMMAND_OK:
            raise self._error(result)
        return []

    def _error(self, result: PGresult) -> psycopg.Error:
        error = error_from_result(result)
        lost = self.connection.pgconn.status != ConnStatus.OK  # then libpq wrote the error, and it has no SQLSTATE
        return psycopg.OperationalError(str(error)) if lost else error


def _spelled(values: list[Any]) -> Any:
    """A list of integers or of texts as PostgreSQL writes an array, of unknown type: the statement says which.

    psycopg names the smallest type that holds a list of integers, by a dumper that it keeps; once in a run of all tests
    one kept for small numbers met large ones (smallint out of range). And it writes lists element by element in Python.
    """
    if all(type(value) is int for value in values):
        return f"{{{','.join(map(str, values))}}}"
    if all(type(value) is str for value in values):
        return "{" + ",".join([f'"{_ESCAPED.sub(_ESCAPE, value)}"' for value in values]) + "}"
    return values


def numbered(sql: str) -> bytes:
    """%s, %s -> $1, $2, as libpq takes them; %% -> %."""
    first, *others = sql.replace("%%", "\0").split("%s")
    return (first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))).replace("\0", "%").encode()
