"""A fault found inside a resource, its path told from the innermost element outwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """`path` is relative to what was checked (".name[0].family"); each container puts its own step before it.

    local: the id of a contained resource that would make this no fault (R4 ref-1), judged where `contained` is known.
    """

    path: str
    code: str
    text: str
    local: str | None = None

    def inside(self, step: str) -> Fault:
        return Fault(step + self.path, self.code, self.text, self.local)


Check = Callable[[Any], list[Fault] | None]
"""Tells what is wrong with a JSON value; None (or nothing) when it is right."""

QUOTED = 60


def quote(value: Any) -> str:
    """A value as a diagnostic shows it: short, since whole records do not belong in error messages."""
    text = str(value)
    return f'"{text[:QUOTED]}…"' if len(text) > QUOTED else f'"{text}"'
