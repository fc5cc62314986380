"""Segments into groups by their order, whatever version and however incomplete: real senders leave out, add and repeat.

A structure says which segments open a repetition of a group and which belong to it. A segment goes into the innermost
open group that takes it; one that no group takes stays at the message itself, so nothing is lost.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from medbridge.normalize.hl7v2.message import Message, Segment

LINES = ("TX", "FT")


@dataclass(slots=True)
class Shape:
    """One kind of group: a segment among `opens` begins it (in the order the standard has them), `holds` joins it."""

    name: str
    opens: tuple[str, ...] = ()
    holds: frozenset[str] = frozenset()
    inner: list[Shape] = field(default_factory=list)


class Group:
    """A repetition of a group; the message itself is the outermost."""

    __slots__ = ("groups", "outer", "segments", "shape")

    def __init__(self, shape: Shape, outer: Group | None = None) -> None:
        self.shape = shape
        self.outer = outer
        self.segments: dict[str, list[Segment]] = {}
        self.groups: dict[str, list[Group]] = {}

    @property
    def place(self) -> str:
        return self.shape.name

    @property
    def span(self) -> tuple[int, int]:
        spans = [segment.span for found in self.segments.values() for segment in found]
        return (min(s for s, _ in spans), max(e for _, e in spans)) if spans else (0, 0)

    def text(self) -> str:
        return ""

    def add(self, segment: Segment) -> None:
        segment.group = self
        self.segments.setdefault(segment.name, []).append(segment)

    def takes(self, name: str) -> bool:
        """Whether an opening segment joins this repetition: it has not it yet, nor a later one, nor inner groups."""
        later = self.shape.opens[self.shape.opens.index(name) :]
        return not self.groups and not any(each in self.segments for each in later)

    def nearest(self, name: str) -> list[Segment]:
        """The segments of that name here, else in the group around."""
        group: Group | None = self
        while group is not None:
            if found := group.segments.get(name):
                return found
            group = group.outer
        return []


def group(message: Message, structure: str) -> Group:
    """The message as groups; `structure` is a name in structures.csv, an unknown one has no groups."""
    root = current = Group(shapes().get(structure) or Shape(structure))
    before: Segment | None = None
    for segment in message.segments:
        if before is not None and segment.name == "OBX" and _continues(before, segment):
            before.continued = [*(before.continued or []), segment]
            segment.group = before.group
            continue
        current = _placed(segment, current) or root
        current.add(segment)
        before = segment if segment.name == "OBX" else None
    return root


def _continues(before: Segment, obx: Segment) -> bool:
    """Reports come as one OBX a line: the next line of the same text is not another observation."""
    same = all(before.raw(number) == obx.raw(number) for number in (2, 3, 4, 11))
    return same and obx.raw(2) in LINES


def _placed(segment: Segment, current: Group) -> Group | None:
    name = segment.name
    group: Group | None = current
    while group is not None:
        if name in group.shape.opens and group.outer:
            return group if group.takes(name) else _opened(group.shape, group.outer)
        if name in group.shape.holds:
            return group
        for shape in group.shape.inner:
            if name in shape.opens:
                return _opened(shape, group)
        group = group.outer
    return None


def _opened(shape: Shape, outer: Group) -> Group:
    opened = Group(shape, outer)
    outer.groups.setdefault(shape.name, []).append(opened)
    return opened


@cache
def shapes() -> dict[str, Shape]:
    """structures.csv: structure, group, the group it is in, segments that open it, segments that belong to it."""
    found: dict[str, Shape] = {}
    inside: dict[tuple[str, str], Shape] = {}
    text = (files("medbridge.normalize.hl7v2") / "structures.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        for structure in row["structures"].split():
            root = found.setdefault(structure, Shape(structure))
            shape = Shape(row["group"], tuple(row["opens"].split()), frozenset(row["holds"].split()))
            inside[structure, row["group"]] = shape
            (inside[structure, row["in"]] if row["in"] else root).inner.append(shape)
    return found
