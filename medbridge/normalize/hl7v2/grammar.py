"""Paths into HL7 v2 messages, as packs write them.

PID            segments of this group          ORDER/OBX      groups, then segments in them
PID-5          repetitions of a field          PID-3[1]       the first of them
PID-5.1        a component of each             PID-5.1.2      a subcomponent
.  .4  .4.2    the node itself, its component (of a segment: its field), its subcomponent (XPN.1 is .1)
OBR-7          from another segment: of the nearest OBR, in this group or one around it
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from medbridge.normalize.hl7v2.groups import Group
from medbridge.normalize.hl7v2.message import Element, Segment
from medbridge.normalize.packs.source import Select

FIELD = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)(?:\[(\d+)\])?(?:\.(\d+))?(?:\.(\d+))?")
PART = re.compile(r"[A-Z]{0,3}\.(\d+)(?:\.(\d+))?")
STEPS = re.compile(r"(?:\.\./)?[A-Z][A-Z0-9_]+(?:/[A-Z][A-Z0-9_]+)*")
NOTHING: tuple[Any, ...] = ()


class V2Grammar:
    def path(self, text: str) -> Select:
        """Raises ValueError when the text is no such path."""
        if text == ".":
            return lambda node: (node,)
        if match := FIELD.fullmatch(text):
            return _field(match)
        if match := PART.fullmatch(text):
            return _parts(lambda node: (node,), int(match[1]), int(match[2] or 0))
        if STEPS.fullmatch(text):
            return _steps(text.split("/"))
        raise ValueError(f"{text!r} is no path such as PID-5.1, ORDER/OBX or .4")


def _field(match: re.Match[str]) -> Select:
    name, number, repetition = match[1], int(match[2]), int(match[3] or 0)

    def select(node: Any) -> Sequence[Element]:
        if node.__class__ is Segment and node.name == name:
            fields = node.fields
            if number >= len(fields) or not fields[number]:
                return NOTHING
            found = node.all(number)
        else:
            segment = _nearest(node, name)
            found = segment.all(number) if segment else []
        return found[repetition - 1 : repetition] if repetition else found

    return _parts(select, int(match[4]), int(match[5] or 0), fields=True) if match[4] else select


def _nearest(node: Any, name: str) -> Segment | None:
    if isinstance(node, Element):
        node = node.segment
        if node.name == name:
            return node  # type: ignore[no-any-return]
    group = node.group if isinstance(node, Segment) else node
    found = group.nearest(name) if group else []
    return found[0] if found else None


def _parts(select: Select, component: int, subcomponent: int, *, fields: bool = False) -> Select:
    """Of the nodes selected; `.4` of a segment is its field 4."""

    def parts(node: Any) -> Sequence[Element]:
        if isinstance(node, Segment) and not fields:
            found = node.all(component)
        else:
            found = [element.component(component) for element in select(node) if element.raw(component)]
        if subcomponent:
            found = [element.component(subcomponent) for element in found if element.raw(subcomponent)]
        return [element for element in found if element]

    return parts


def _steps(names: list[str]) -> Select:
    def select(node: Any) -> Sequence[Any]:
        start = node.group if isinstance(node, Segment) else node
        nodes: list[Any] = [start]
        for name in names:
            nodes = [found for each in nodes for found in _inside(each, name)]
        return nodes

    return select


def _inside(group: Group, name: str) -> Sequence[Any]:
    if name == "..":
        return (group.outer,) if group.outer else NOTHING
    return group.groups.get(name) or group.segments.get(name) or NOTHING
