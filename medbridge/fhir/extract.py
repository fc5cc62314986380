"""Compiles the search parameters of a type to one Python function, at first use.

The paths of a type are joined into a tree; from it the source of a function is written that looks at each element once
and calls, for each parameter that reads it, the function for the parameter's kind and the element's type. Salts and
bits stand in the source as numbers. Of Observation it begins so:

    def extract(n0, found):
        present = 0
        v0 = n0.get('basedOn')
        if v0 is not None:
            for n1 in v0 if type(v0) is list else (v0,):
                present |= 0x40
                refer(n1, found, 6911273..., -1862091..., 77123..., 0)

Nothing of a resource or a search gets into the source: only the tables of medbridge.fhir.parameters and the paths of
custom parameters (fhir.custom_paths).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import or_
from typing import Any, NamedTuple

from medbridge.fhir import extract_composites, extract_references, extract_strings, extract_tokens, extract_values
from medbridge.fhir.extract_calls import Call, call
from medbridge.fhir.extract_found import Found
from medbridge.fhir.parameters import TYPES_CACHED, Parameter, supported

Extractor = Callable[[dict[str, Any], Found], int]

_STEP = re.compile(r'(\w+)(\[0\])?(?:\[(\w+)=(?:([\w-]+)|"([^"]+)")\])?(?:\.|$)')
_READERS: dict[str, Any] = {
    name: value
    for module in (extract_composites, extract_references, extract_strings, extract_tokens, extract_values)
    for name, value in vars(module).items()
    if callable(value) and not name.startswith("_")
}


class Read(NamedTuple):
    """What is done for one parameter with an element: its bit is set, and `call` reads it.

    only: both only if the element refers to a resource of this type.
    """

    bit: int
    call: Call | None
    only: str


@dataclass(slots=True)
class Branch:
    """One step of the paths: its element, `first` only the first of them, `only` (member, value) that it must have."""

    first: bool = False
    only: tuple[str, str] | None = None
    reads: list[Read] = field(default_factory=list)
    below: dict[str, dict[str, "Branch"]] = field(default_factory=dict)


@lru_cache(maxsize=TYPES_CACHED)
def extractor(type: str) -> Extractor:
    """The function that gathers what R4's parameters of the type read."""
    return compiled(type, supported(type).values())


def compiled(type: str, parameters: Iterable[Parameter]) -> Extractor:
    """It returns the bits of the parameters that have a value. Elements of the wrong shape are passed over."""
    namespace = dict(_READERS)
    # Only our tables and, of custom parameters, paths that were read by a grammar; every text in it is a repr().
    exec(compile(source(type, parameters), f"<search parameters of {type}>", "exec"), namespace)  # noqa: S102
    made: Extractor = namespace["extract"]
    return made


def source(type: str, parameters: Iterable[Parameter]) -> str:
    root = Branch()
    for parameter in parameters:
        _plant(root, type, parameter)
    lines = ["def extract(n0, found):", "    present = 0", *_inside(root, 0, "    "), "    return present"]
    return "\n".join(lines) + "\n"


def _plant(root: Branch, type: str, parameter: Parameter) -> None:
    if parameter.kind == "composite":
        if parameter.root:
            _branch(root, parameter.root).reads.append(Read(0, Call("composite", (type, parameter.name)), ""))
        return
    for path in parameter.paths:
        steps, _, leaf = path.rpartition(":")
        only = re.fullmatch(r"\w+\((\w+)\)", leaf)
        made = None if parameter.expands else call(type, parameter, leaf)
        _branch(root, steps).reads.append(Read(parameter.bit, made, only[1] if only else ""))


def _branch(root: Branch, steps: str) -> Branch:
    at = 0
    while at < len(steps):
        found = _STEP.match(steps, at)
        if found is None:
            raise ValueError(f"{steps!r} is no path")
        same = root.below.setdefault(found[1], {})
        only = (found[3], found[4] or found[5]) if found[3] else None
        root = same.setdefault(found[0].rstrip("."), Branch(bool(found[2]), only))
        at = found.end()
    return root


def _inside(branch: Branch, depth: int, indent: str) -> Iterator[str]:
    """Lines that look at the members of the element n<depth>."""
    for name, branches in branch.below.items():
        value = f"v{depth}"
        yield f"{indent}{value} = n{depth}.get({name!r})"
        yield f"{indent}if {value} is not None:"
        for child in branches.values():
            items = f"{value}[:1]" if child.first else value
            yield f"{indent}    for n{depth + 1} in {items} if type({value}) is list else ({value},):"
            yield from _element(child, depth + 1, indent + "        ")


def _element(branch: Branch, depth: int, indent: str) -> Iterator[str]:
    node = f"n{depth}"
    if branch.only:
        member, value = branch.only
        yield f"{indent}if type({node}) is dict and {node}.get({member!r}) == {value!r}:"
        indent += "    "
    every = [read for read in branch.reads if not read.only]
    some = [read for read in branch.reads if read.only]
    if bits := reduce(or_, (read.bit for read in every), 0):
        yield f"{indent}present |= {bits:#x}"
    kind = f"refers({node})"
    for read in every:
        if read.call:
            # A parameter of all references tells those of one type what this one refers to.
            kept = bool(some) and read.call.function == "refer"
            yield f"{indent}{'kind = ' if kept else ''}{_written(read.call, node)}"
            kind = "kind" if kept else kind
    for read in some:
        yield f"{indent}if {kind} == {read.only!r}:"
        yield f"{indent}    present |= {read.bit:#x}"
        if read.call:
            yield f"{indent}    {_written(read.call, node)}"
    if branch.below:
        yield f"{indent}if type({node}) is dict:"
        yield from _inside(branch, depth, indent + "    ")


def _written(call: Call, node: str) -> str:
    resource = ["n0"] if call.function == "composite" else []
    return f"{call.function}({', '.join([node, 'found', *resource, *map(repr, call.arguments)])})"
