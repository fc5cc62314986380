"""Codes that mean the same, and the newest of each (FHIR R4 observation-operation-lastn)."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any


def newest(dated: Sequence[tuple[int, Any, dict[str, Any]]], most: int) -> list[int]:
    """Of each group the first `most`, and those as old as the last of them.

    dated: (what, when, code), newest first. Two codes are one group when they share a coding, or each shares one with a
    third; a code without codings goes by its text, as it is.
    """
    group = _groups([code for _, _, code in dated])
    taken: dict[Hashable, list[Any]] = {}
    chosen: list[int] = []
    for (what, when, _), name in zip(dated, group, strict=True):
        times = taken.setdefault(name, [])
        if len(times) < most or times[-1] == when:
            times.append(when)
            chosen.append(what)
    return chosen


def _groups(codes: Sequence[dict[str, Any]]) -> list[Hashable]:
    """A name for each code's group (union and find)."""
    above: dict[Hashable, Hashable] = {}

    def top(name: Hashable) -> Hashable:
        while (higher := above.setdefault(name, name)) != name:
            above[name] = above[higher]
            name = higher
        return name

    firsts: list[Hashable] = []
    for code in codes:
        first, *others = _names(code)
        for other in others:
            above[top(other)] = top(first)
        firsts.append(first)
    return [top(first) for first in firsts]


def _names(code: dict[str, Any]) -> Iterator[Hashable]:
    """At least one."""
    codings = [each for each in code.get("coding", ()) if isinstance(each, dict) and each.get("code")]
    yield from ((each.get("system"), each["code"]) for each in codings)
    if not codings:
        yield ("text", code.get("text"))
