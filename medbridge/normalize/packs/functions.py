"""Functions that rows of every format may use. Those that read dates, names and codes belong to the format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medbridge.normalize.packs.compiling import Convert, Factory, Spec
from medbridge.normalize.packs.making import Place, Unmapped

YES_NO = {"Y": True, "N": False, "true": True, "false": False, "1": True, "0": False}


def constant(spec: Spec) -> Convert:
    """The row's own `value`, in the JSON type that FHIR wants there."""
    readers: dict[str, Callable[[str], Any]] = {"boolean": YES_NO.__getitem__}
    for number in ("integer", "positiveInt", "unsignedInt"):
        readers[number] = int
    if spec.type in readers:
        try:
            value = readers[spec.type](spec.value)
        except (KeyError, ValueError):
            raise ValueError(f"{spec.value!r} is no {spec.type}") from None
        return lambda node, place: value
    if spec.type == "CodeableConcept":
        return lambda node, place: {"coding": [_coding(spec.value)]}
    if spec.type == "Coding":
        return lambda node, place: _coding(spec.value)
    return lambda node, place: spec.value


def _coding(text: str) -> dict[str, str]:
    """`system|code|display` as a Coding."""
    system, code, display = (text + "||").split("|")[:3]
    return {name: part for name, part in (("system", system), ("code", code), ("display", display)) if part}


def text(spec: Spec) -> Convert:
    return lambda node, place: node.text() or None


def code(spec: Spec) -> Convert:
    """A code in FHIR's terms by the row's table; without a table, as it was sent."""
    if spec.codes is None:
        return text(spec)
    table = spec.codes

    def convert(node: Any, place: Place) -> str | None:
        sent = node.text()
        if (found := table.get(sent)) is not None:
            return found[0] or None
        if sent:
            place.scope.unmapped.append(Unmapped(node.place, spec.table, sent))
            place.scope.problem(node.place, f"{sent[:30]!r} is not in the code table {spec.table}", "unmapped")
        return spec.value or None

    return convert


def boolean(spec: Spec) -> Convert:
    return lambda node, place: YES_NO.get(node.text())


def reference(spec: Spec) -> Convert:
    """A reference to the resource that this group, or one around it, calls by the row's `value`."""

    def convert(node: Any, place: Place) -> dict[str, Any] | None:
        target = place.frame.find(spec.value)
        if target is None or target is place.made:
            return None
        refers: dict[str, Any] = {}
        place.made.refer(refers, target)
        return refers

    return convert


def key_of(spec: Spec) -> Convert:
    """For `$key`: the business id of another resource of the group is part of this one's."""
    return lambda node, place: place.frame.find(spec.value)


SHARED: dict[str, Factory] = {
    "value": constant,
    "reference": reference,
    "keyOf": key_of,
    "boolean": boolean,
    **dict.fromkeys(("string", "markdown", "uri", "url", "canonical", "oid", "id"), text),
    "code": code,
}
