"""Walks a resource once and gives every indexed parameter its values.

The paths of a type are joined into one tree, so that an element is visited once however many parameters read it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from medbridge.fhir.dates import EARLIEST, LATEST, interval
from medbridge.fhir.parameters import TYPES_CACHED, Parameter, indexed
from medbridge.fhir.references import classify
from medbridge.fhir.terms import STRING_CHARACTERS, fold, is_chinese, pinyin, term

# Parameters whose Chinese values can also be searched in Latin letters.
SPOKEN = frozenset(("name", "family", "given"))


@dataclass(slots=True)
class Found:
    """What the walk has gathered: terms, strings, Patient references and date intervals, each with its parameter."""

    terms: list[str] = field(default_factory=list)
    strings: list[tuple[str, str]] = field(default_factory=list)
    patients: list[tuple[str, str]] = field(default_factory=list)
    dates: list[tuple[str, datetime, datetime]] = field(default_factory=list)


Emit = Callable[[tuple[str, ...], Any, Found], None]


@dataclass(slots=True)
class Branch:
    """What to do with an element: `only` (member, value) it must have; `leaves` read it; `tree` goes deeper."""

    only: tuple[str, str] | None
    leaves: dict[str, list[str]] = field(default_factory=dict)
    emits: list[tuple[Emit, tuple[str, ...]]] = field(default_factory=list)
    tree: dict[str, list["Branch"]] = field(default_factory=dict)


Tree = dict[str, list[Branch]]


def extract(resource: dict[str, Any]) -> Found:
    """Everything that the type's parameters read from the resource. Elements of the wrong shape are passed over."""
    found = Found()
    _walk(resource, _tree(str(resource.get("resourceType", ""))), found)
    return found


def _walk(node: dict[str, Any], tree: Tree, found: Found) -> None:
    for name, value in node.items():
        branches = tree.get(name)
        if branches is None:
            continue
        for item in value if type(value) is list else (value,):
            for branch in branches:
                if branch.only and (type(item) is not dict or item.get(branch.only[0]) != branch.only[1]):
                    continue
                for emit, names in branch.emits:
                    emit(names, item, found)
                if branch.tree and type(item) is dict:
                    _walk(item, branch.tree, found)


@lru_cache(maxsize=TYPES_CACHED)
def _tree(type: str) -> Tree:
    tree: Tree = {}
    for parameter in indexed(type).values():
        for path in parameter.paths:
            _plant(tree, parameter, path)
    _settle(tree)
    return tree


def _plant(tree: Tree, parameter: Parameter, path: str) -> None:
    steps, _, leaf = path.partition(":")
    branch = Branch(None)
    for step in steps.split("."):
        name, _, condition = step.rstrip("]").partition("[")
        member, _, value = condition.partition("=")
        only = (member, value) if condition else None
        branches = tree.setdefault(name, [])
        if all(b.only != only for b in branches):
            branches.append(Branch(only))
        branch = next(b for b in branches if b.only == only)
        tree = branch.tree
    branch.leaves.setdefault(f"{parameter.kind}:{leaf}", []).append(parameter.name)


def _settle(tree: Tree) -> None:
    for branches in tree.values():
        for branch in branches:
            branch.emits = [(_emitter(leaf), tuple(names)) for leaf, names in branch.leaves.items()]
            _settle(branch.tree)


def _emitter(leaf: str) -> Emit:
    kind, _, code = leaf.partition(":")
    if code.startswith("Reference"):
        return partial(_reference, code.removeprefix("Reference").strip("()") or None)
    if kind == "string":
        return {"HumanName": _human_name, "Address": _address}.get(code, _string)
    if kind == "date":
        return {"Period": _period, "Timing": _timing}.get(code, _date)
    return _EMITTERS.get(code, _plain)


def coding_terms(parameter: str, coding: dict[str, Any], code_member: str = "code") -> list[str]:
    """Terms of one Coding (or Identifier, by its `value`): `p=c`, `p=s|c`, `p=s|`, and `p=|c` when it has no system."""
    system, code = coding.get("system"), coding.get(code_member)
    terms = []
    if type(code) is str and code:
        terms.append(term(parameter, code))
        terms.append(term(parameter, f"{system}|{code}" if type(system) is str else f"|{code}"))
    if type(system) is str and system:
        terms.append(term(parameter, f"{system}|"))
    return terms


def _coding(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is dict:
        for name in names:
            found.terms += coding_terms(name, value)


def _concept(names: tuple[str, ...], value: Any, found: Found) -> None:
    codings = value.get("coding") if type(value) is dict else None
    for coding in codings if type(codings) is list else ():
        _coding(names, coding, found)


def _identifier(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is dict:
        for name in names:
            found.terms += coding_terms(name, value, "value")


def _contact(names: tuple[str, ...], value: Any, found: Found) -> None:
    # R4 gives a ContactPoint no namespace: ContactPoint.system says phone or email, not whose number it is.
    if type(value) is dict:
        for name in names:
            found.terms += coding_terms(name, {"code": value.get("value")})


def _boolean(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is bool:
        found.terms += [term(name, "true" if value else "false") for name in names]


def _plain(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is str:
        found.terms += [term(name, value) for name in names]


def _canonical(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is str:
        url = value.partition("|")[0]
        found.terms += [term(name, text) for name in names for text in dict.fromkeys((value, url))]


def _reference(only: str | None, names: tuple[str, ...], value: Any, found: Found) -> None:
    text = value.get("reference") if type(value) is dict else None
    if type(text) is not str:
        return
    reference = classify("", text)
    if reference.kind in ("fragment", "conditional", "other") or (only and reference.type != only):
        return
    for name in names:
        if reference.kind == "literal":
            found.terms += (term(name, f"{reference.type}/{reference.id}"), term(name, str(reference.id)))
            if reference.type == "Patient":
                found.patients.append((name, str(reference.id)))
        else:
            found.terms.append(term(name, text))


_EMITTERS: dict[str, Emit] = {
    "Coding": _coding,
    "CodeableConcept": _concept,
    "Identifier": _identifier,
    "ContactPoint": _contact,
    "boolean": _boolean,
    "canonical": _canonical,
}


def _string(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is not str or not value:
        return
    folded = fold(value)[:STRING_CHARACTERS]
    for name in names:
        found.strings.append((name, folded))
        found.terms.append(term(f"{name}:exact", value))
        if name in SPOKEN and is_chinese(value):
            found.strings += [(name, spelling[:STRING_CHARACTERS]) for spelling in pinyin(value)]


def _strings(names: tuple[str, ...], values: Iterable[Any], found: Found) -> None:
    for value in values:
        for item in value if type(value) is list else (value,):
            _string(names, item, found)


def _human_name(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is not dict:
        return
    _strings(names, (value.get(part) for part in ("family", "given", "prefix", "suffix", "text")), found)
    family, given = value.get("family"), value.get("given")
    # Chinese is written without a space: who looks for 张三 means the family name and the given name together.
    if type(family) is str and type(given) is list and is_chinese(family):
        _string(names, family + "".join(g for g in given if type(g) is str), found)


def _address(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is dict:
        parts = ("line", "city", "district", "state", "postalCode", "country", "text")
        _strings(names, (value.get(part) for part in parts), found)


def _bounds(value: Any) -> tuple[datetime, datetime] | None:
    try:
        return interval(value) if type(value) is str else None
    except ValueError:
        return None


def _date(names: tuple[str, ...], value: Any, found: Found) -> None:
    if bounds := _bounds(value):
        found.dates += [(name, *bounds) for name in names]


def _period(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is not dict:
        return
    start, end = _bounds(value.get("start")), _bounds(value.get("end"))
    if start or end:
        low, high = start[0] if start else EARLIEST, end[1] if end else LATEST
        found.dates += [(name, low, high) for name in names]


def _timing(names: tuple[str, ...], value: Any, found: Found) -> None:
    if type(value) is not dict:
        return
    events = value.get("event")
    for event in events if type(events) is list else ():
        _date(names, event, found)
    repeat = value.get("repeat")
    if type(repeat) is dict:
        _period(names, repeat.get("boundsPeriod"), found)
