"""One SQL statement with its values: its text is constant, so that PostgreSQL plans it once."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

from medbridge.database.fetch import Row
from medbridge.database.walled import fetch

# SQL with %s, and its parameters.
Sql = tuple[str, list[Any]]
# The columns that a Predicate reads beside `key`.
JUDGED = "type, id, patient, hospital, low, high, labels, marks"
# Keeps a value for the statement's parameters and returns the placeholder that stands for it.
Put = Callable[[Any], str]


class Predicate(Protocol):
    """What one reader may see. Every query on records carries it, over each alias whose rows take part."""

    def condition(self, alias: str, put: Put, types: Sequence[str] = ()) -> str:
        """True or false, never NULL, over a table with the columns key and JUDGED, all rows of these types."""
        ...

    def gather(self, patients: Sequence[str], put: Put, *, nobody_else: bool = False) -> tuple[str, Self]:
        """A common table expression, or "", and the same predicate, faster on these Patients' rows beside it.

        nobody_else: rows of other Patients are then not seen at all.
        """
        ...

    def presume(self, patients: Sequence[str], put: Put, *, nobody_else: bool = False) -> tuple[str, Self, str]:
        """The same, cheaper, and a condition that the statement must prove before it gives or notes anything."""
        ...

    def state(self, alias: str, put: Put) -> str:
        """A bigint: which rules over the row's Patient the statement saw; for judging it once more."""
        ...

    def widely(self) -> Self:
        """The same without `nobody_else`: for the part of a statement that leads on to other people's rows."""
        ...


class Everyone:
    """No reader: for what this server asks itself, and never for an answer."""

    def condition(self, alias: str, put: Put, types: Sequence[str] = ()) -> str:
        return "TRUE"

    def gather(self, patients: Sequence[str], put: Put, *, nobody_else: bool = False) -> tuple[str, "Everyone"]:
        return "", self

    def presume(self, patients: Sequence[str], put: Put, *, nobody_else: bool = False) -> tuple[str, "Everyone", str]:
        return "", self, "TRUE"

    def state(self, alias: str, put: Put) -> str:
        return "NULL::bigint"

    def widely(self) -> "Everyone":
        return self


EVERYONE = Everyone()


class Statement:
    """Collects values while the text is written, then runs it."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[int, str] = {}

    def put(self, value: Any) -> str:
        """A placeholder for the value; one object put twice is sent once."""
        # Kept in `values`, so no other object gets its id; equal small numbers are one object, and one value.
        place = self._places.get(id(value))
        if place is None:
            self.values.append(value)
            place = self._places[id(value)] = f"${len(self.values)}"
        return place

    def numbers(self, values: Sequence[int]) -> str:
        """A bigint[] of these."""
        # As text: psycopg writes lists element by element in Python.
        return f"{self.put('{' + ','.join(map(str, values)) + '}')}::bigint[]"

    def texts(self, values: Sequence[str | None]) -> str:
        return f"{self.put(list(values))}::text[]"

    def is_one(self, column: str, values: Sequence[str]) -> str:
        """It is one of these. Of one value the planner knows how many rows there are, of ANY it guesses."""
        return f"{column} = {self.put(values[0])}" if len(values) == 1 else f"{column} = ANY({self.texts(values)})"

    def text(self, sql: Sql) -> str:
        """A piece with %s in it, as a part of this statement."""
        first, *others = sql[0].split("%s")
        return first + "".join(self.put(value) + part for value, part in zip(sql[1], others, strict=True))

    def rows(self, sql: str, *, planned_anew: bool = False) -> list[Row]:
        """planned_anew: where the best plan hangs on the values: on how common a code is."""
        return fetch(sql, self.values, prepare=not planned_anew)
