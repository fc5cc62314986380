"""From a StructureDefinition's snapshot to its compact table (R4 profiling.html, elementdefinition.html).

Most of a snapshot repeats R4. Only what R4 does not say already is kept, so that a check costs what the profile adds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from medbridge.fhir.profiles.narrowing import Base, narrowed
from medbridge.fhir.profiles.table import Context, Node, Structure
from medbridge.fhir.structure import elements

Json = dict[str, Any]


class Unreadable(Exception):
    """A StructureDefinition that cannot be a profile here; the text says why."""


@dataclass
class _Branch:
    """An ElementDefinition with what stands below it in the snapshot."""

    element: Json
    children: dict[str, _Branch] = field(default_factory=dict)
    slices: dict[str, _Branch] = field(default_factory=dict)


def compact(definition: Json) -> Structure:
    """The table of a StructureDefinition of R4. Raises Unreadable without a snapshot, for logical models and the like.

    `gaps` of the table name what the profile says and this server does not judge.
    """
    kind, type = definition.get("kind"), definition.get("type")
    if kind not in ("resource", "complex-type") or not isinstance(type, str):
        raise Unreadable(f"a {kind or 'definition without kind'} is no profile of a resource or datatype")
    if definition.get("derivation") != "constraint":
        raise Unreadable("it defines a type of its own instead of constraining one of R4")
    try:
        elements(type)
    except KeyError:
        raise Unreadable(f"R4 has no type {type[:64]}") from None
    listed = (definition.get("snapshot") or {}).get("element")
    if not listed:
        raise Unreadable("it has no snapshot; ask its publisher for the package with snapshots")
    return _structure(definition, type, _tree(listed))


def _structure(definition: Json, type: str, root: _Branch) -> Structure:
    gaps: list[str] = []
    found = _node(root, Base(type), gaps) or Node()
    for outer in ("min", "max"):
        found.pop(outer, None)  # type: ignore[misc]
    table = Structure(
        url=str(definition.get("url", "")), version=str(definition.get("version", "")),
        name=str(definition.get("name") or definition.get("id") or type), type=type, root=found,
    )  # fmt: skip
    if type == "Extension":
        table["context"] = [
            Context(type=str(c.get("type")), expression=str(c.get("expression"))) for c in definition.get("context", [])
        ]
        table["modifier"] = root.element.get("isModifier") is True
    if gaps:
        table["gaps"] = sorted(set(gaps))
    return table


def _tree(listed: list[Json]) -> _Branch:
    """Ids are paths with slice names: "Observation.component:systolic.value[x]"; a reslice is "systolic/first"."""
    root = _Branch(listed[0])
    for element in listed[1:]:
        steps = str(element.get("id") or element.get("path")).split(".")[1:]
        branch = root
        for step in steps[:-1]:
            branch = _down(branch, step)
        _down(branch, steps[-1]).element = element
    return root


def _down(branch: _Branch, step: str) -> _Branch:
    name, _, slice = step.partition(":")
    found = branch.children.setdefault(name, _Branch({}))
    if not slice:
        return found
    whole = ""
    for part in slice.split("/"):
        whole = f"{whole}/{part}" if whole else part
        found = found.slices.setdefault(whole, _Branch({}))
    return found


def _node(branch: _Branch, base: Base, gaps: list[str]) -> Node | None:
    """The node of a branch; None when it says nothing that R4 does not."""
    node = narrowed(branch.element, base, gaps)
    slices = {name: _node(slice, base.slice(), gaps) or Node() for name, slice in branch.slices.items()}
    if slices and "slicing" in node:
        node["slices"] = slices
    elif slices:
        gaps.append(f"{branch.element.get('id')}: slices without a slicing are not judged")
    if "slicing" in node and not slices and node["slicing"]["rules"] != "closed":
        del node["slicing"]
    inner = base.inner(branch.element)
    children = {name: _node(child, inner.child(name), gaps) for name, child in branch.children.items()}
    if kept := {name: child for name, child in children.items() if child}:
        node["children"] = kept
    return node or None
