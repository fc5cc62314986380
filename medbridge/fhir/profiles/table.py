"""The compact form of a StructureDefinition: plain JSON, holding only what the profile says beyond R4 itself."""

from __future__ import annotations

from typing import Any, Required, TypedDict


class Type(TypedDict, total=False):
    """An allowed type. `profiles`: one of them must hold; `targets`: canonicals of what a Reference may point to."""

    code: Required[str]
    profiles: list[str]
    targets: list[str]


class Binding(TypedDict, total=False):
    """strength: "required" or "extensible"; `most`: the set that even an extensible binding may not leave."""

    strength: Required[str]
    set: Required[str]
    most: str


class Constraint(TypedDict):
    """severity: "error" or "warning"; expression: FHIRPath."""

    key: str
    severity: str
    human: str
    expression: str


class Discriminator(TypedDict):
    """type: value, pattern, type, exists or profile (R4 profiling.html#discriminator); path: restricted FHIRPath."""

    type: str
    path: str


class Slicing(TypedDict, total=False):
    """rules: open, closed or openAtEnd."""

    rules: Required[str]
    ordered: bool
    by: Required[list[Discriminator]]


class Node(TypedDict, total=False):
    """An element. What is absent is as R4 has it; `children` by name, choices as "value[x]"; `slices` in order."""

    min: int
    max: int
    max_length: int
    types: list[Type]
    fixed: Any
    pattern: Any
    binding: Binding
    constraints: list[Constraint]
    slicing: Slicing
    slices: dict[str, Node]
    children: dict[str, Node]


class Context(TypedDict):
    """Where an extension may stand: type element, extension or fhirpath."""

    type: str
    expression: str


class Structure(TypedDict, total=False):
    """A profile of the resource or datatype `type`. `modifier`: an extension that changes the meaning around it."""

    url: Required[str]
    version: Required[str]
    name: Required[str]
    type: Required[str]
    root: Required[Node]
    context: list[Context]
    modifier: bool
    gaps: list[str]
