"""Which row put an element of the output there, and which bytes of the message it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from medbridge.normalize.conversion import Conversion
from medbridge.normalize.packs import Pack, Row, Trace

STEP = re.compile(r"([A-Za-z_]+)(?:\[(\d+)\])?")


@dataclass(frozen=True, slots=True)
class Explanation:
    """path: the element that the row put ("Patient[0].name[0]"), of which the asked one is or is a part.

    span: first byte and byte after the last, in the message as received; (0, 0) for a constant.
    """

    path: str
    value: Any
    row: Row
    place: str
    span: tuple[int, int]


def explain(conversion: Conversion, pack: Pack, path: str) -> list[Explanation]:
    """What put the element of `path` ("Patient.name[0].family", "Observation[2].valueQuantity") there, or parts of it.

    Raises ValueError with a sentence when there is no such element. The conversion must have been traced.
    """
    number, steps = _parse(path)
    type = steps.pop(0)
    resources = [each for each in conversion.resources if each["resourceType"] == type]
    if number >= len(resources):
        raise ValueError(f"the message makes {len(resources)} resources of type {type}")
    resource = resources[number]
    _reach(resource, steps, path)
    asked = "".join(str(step) if isinstance(step, str) else f"[{step}]" for step in _dotted(steps))
    found = [_explained(trace, f"{type}[{number}]", at, pack) for trace, at in _placed(conversion, resource)
             if _touches(at, asked)]  # fmt: skip
    if not found:
        raise ValueError(f"{path} was put by no row: ids, references and displays follow from the resources themselves")
    return found


def _parse(path: str) -> tuple[int, list[str | int]]:
    steps: list[str | int] = []
    number = 0
    for position, (name, index) in enumerate(STEP.findall(path)):
        steps.append(name)
        if index and position == 0:
            number = int(index)
        elif index:
            steps.append(int(index))
    if not steps:
        raise ValueError(f"{path!r} is no path such as Patient.name[0].family")
    return number, steps


def _reach(value: Any, steps: list[str | int], path: str) -> None:
    for step in steps:
        try:
            value = value[step] if isinstance(step, str) or isinstance(value, list) else value
        except (KeyError, IndexError, TypeError):
            raise ValueError(f"there is no {path} in what the message makes") from None


def _dotted(steps: list[str | int]) -> Iterator[str | int]:
    for step in steps:
        if isinstance(step, str):
            yield "."
        yield step


def _placed(conversion: Conversion, resource: dict[str, Any]) -> Iterator[tuple[Trace, str]]:
    """The traces of a resource with the path of what they put (".name[0]")."""
    places = dict(_objects(resource, ""))
    for trace in conversion.trace:
        at = places.get(id(trace.element))
        if at is None or trace.made.resource is not resource:
            continue
        held = trace.element.get(trace.name)
        if trace.name[:1].isupper():  # the resource that the element refers to
            yield trace, at
        elif isinstance(held, list):
            index = next((n for n, each in enumerate(held) if each is trace.value or each == trace.value), 0)
            yield trace, f"{at}.{trace.name}[{index}]"
        elif held is not None:
            yield trace, f"{at}.{trace.name}"


def _objects(value: Any, at: str) -> Iterator[tuple[int, str]]:
    if isinstance(value, dict):
        yield id(value), at
        for name, each in value.items():
            yield from _objects(each, f"{at}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _objects(each, f"{at}[{number}]")


def _touches(at: str, asked: str) -> bool:
    """The row put the element itself, one around it or a part of it."""
    return _begins(at, asked) or _begins(asked, at)


def _begins(whole: str, start: str) -> bool:
    return whole.startswith(start) and whole[len(start) : len(start) + 1] in ("", ".", "[")


def _explained(trace: Trace, root: str, at: str, pack: Pack) -> Explanation:
    row = pack.rows[trace.row]
    constant = not row.source
    span = (0, 0) if constant else trace.node.span
    return Explanation(root + at, trace.value, row, "" if constant else trace.node.place, span)
