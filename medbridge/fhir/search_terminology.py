"""What `:in`, `:not-in`, `:above` and `:below` ask of a terminology (FHIR R4 search.html#modifiers)."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Protocol

import orjson

from medbridge.fhir.structure import codes


class Terminology(Protocol):
    """Codes are those of the system, case and all. None: not known, which is not the same as empty."""

    def members(self, value_set: str) -> Iterable[tuple[str, str]] | None:
        """(system, code) of each member of the value set with this canonical address, version left out."""

    def descendants(self, system: str, code: str) -> Iterable[str] | None:
        """The codes below a code, itself left out."""

    def ancestors(self, system: str, code: str) -> Iterable[str] | None:
        """The codes above a code, itself left out."""


class R4Terminology:
    """The value sets of R4's required bindings and the code systems of R4 that nest their codes."""

    def members(self, value_set: str) -> list[tuple[str, str]] | None:
        listed = codes(value_set)
        return None if listed is None else [(system, code) for system, of in listed.items() for code in of]

    def descendants(self, system: str, code: str) -> list[str] | None:
        above = _parents().get(system)
        if above is None:
            return None
        found, wanted = [], [code]
        while wanted:
            parent = wanted.pop()
            children = [child for child, its in above.items() if its == parent]
            found += children
            wanted += children
        return found

    def ancestors(self, system: str, code: str) -> list[str] | None:
        above = _parents().get(system)
        if above is None:
            return None
        found: list[str] = []
        while (code := above.get(code, "")) and code not in found:
            found.append(code)
        return found


R4 = R4Terminology()


@cache
def _parents() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = orjson.loads(
        (files("medbridge.fhir") / "tables" / "hierarchies.json").read_bytes()
    )["systems"]
    return table
