"""SMART App Launch 2.2 scopes: `(patient|user|system)/(Type|*).cruds`; so are version 1's .read, .write and .*.

A granular scope (`?category=...`) narrows what it grants. It is not compiled into the query yet, so it grants nothing:
taking it as the whole type would widen it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_SCOPE = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]*|\*)\.(c?r?u?d?s?|read|write|\*)")
_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}
ALL = "cruds"


@dataclass(frozen=True)
class Scopes:
    """What a token may do: resource type (or "*") -> letters of create, read, update, delete, search."""

    granted: tuple[tuple[str, str], ...]
    text: str = ""

    def allow(self, type: str, interaction: str) -> bool:
        """interaction: one letter of "cruds"."""
        return any(name in (type, "*") and interaction in letters for name, letters in self.granted)


@lru_cache(maxsize=1000)  # spellings, not tokens: clients of one kind ask for the same
def parse(text: str, *, patient: bool = True) -> Scopes:
    """patient: whether the token is for one patient. If not, patient/ scopes grant nothing: they would reach all."""
    return Scopes(tuple(_grants(text.split(), patient)), text)


def _grants(words: Iterable[str], patient: bool) -> Iterable[tuple[str, str]]:
    for word in words:
        if (match := _SCOPE.fullmatch(word)) and (patient or match[1] != "patient"):
            yield match[2], _VERSION_1.get(match[3], match[3])


EVERYTHING = parse("user/*.cruds")
