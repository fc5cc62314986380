"""Target paths: `name[1].given`, `participant[2].individual(Practitioner)`, checked against the FHIR definitions.

`[1]` names a slot: rows of one map with the same label on one repetition of the source fill the same list entry.
`element(Type...)` stands for a reference to a resource of that type, made beside this one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from medbridge.fhir.structure import elements, is_complex, resource_types

STEP = re.compile(r"\.?([a-z][A-Za-z0-9]*)(?:\[(\w+)\])?")
RESOURCE = re.compile(r"([A-Z][A-Za-z]+)(?:\[(\w+)\])?")


@dataclass(frozen=True, slots=True)
class Step:
    """One step down: into a JSON key or, `refers`, through a reference into the resource that it names.

    key: the path so far with its labels; together with the repetition it is the slot.
    others: the further keys of a choice (value[x]), of which only one may be there.
    shared: the label is a word, so the slot is one for all maps that fill the resource; a number is the map's own.
    """

    name: str
    key: str
    many: bool = False
    refers: bool = False
    others: tuple[str, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed path; `type` is the FHIR type of what stands at its end."""

    steps: tuple[Step, ...]
    type: str


def parse_target(text: str, root: str) -> Target:
    """Raises ValueError with a sentence that names the wrong step. root: FHIR type that the path starts in."""
    steps: list[Step] = []
    current, position, depth = root, 0, 0
    while position < len(text):
        if text[position] == "(":
            match = RESOURCE.match(text, position + 1)
            if match is None or match[1] not in resource_types() or current != "Reference":
                raise ValueError(f"{text[position:]!r}: a resource type in brackets follows only a Reference")
            depth, position, current = depth + 1, match.end(), match[1]
            steps.append(Step(match[1], text[:position], refers=True))
        elif text[position] == ")" and depth and not text[position:].strip(")"):
            position += 1
        else:
            step, current, position = _element(text, position, current)
            steps.append(step)
    return Target(tuple(steps), current)


def _element(text: str, position: int, type: str) -> tuple[Step, str, int]:
    match = STEP.match(text, position)
    if match is None:
        raise ValueError(f"{text[position:]!r} is no path step")
    if not is_complex(type):
        raise ValueError(f"{type} is a primitive and has no {match[1]!r}")
    name = match[1]
    found = elements(type).get(name)
    if found is None:
        raise ValueError(f"{type} has no element {name!r}; it has {', '.join(sorted(elements(type)))[:300]}")
    goes_on = text[match.end() : match.end() + 1] == "."
    if goes_on and not is_complex(found.type):
        return Step("_" + name, text[: match.end()] + "_"), "Element", match.end()
    same = [key for key, each in elements(type).items() if found.choice and each.choice == found.choice and key != name]
    shared = bool(match[2]) and not match[2].isdigit()
    step = Step(name, text[: match.end()], many=found.many, others=tuple(same), shared=shared)
    return step, found.type, match.end()
