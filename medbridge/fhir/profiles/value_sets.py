"""Value sets of packages: which codes they hold, as far as the packages themselves can tell.

What takes a terminology (all of LOINC, SNOMED CT filters) stays open: such a set answers None, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Find = Callable[[str], Json | None]

# Imports within imports; the deepest published chain known has 3.
DEPTH = 8
_UPWARDS = ("parent", "subsumedBy")


@dataclass
class Codes:
    """systems: code system -> its codes in the set, None where only a terminology can tell which.

    unknown: a part of which not even the systems are known. why: what could not be listed, in words.
    """

    systems: dict[str, frozenset[str] | None] = field(default_factory=dict)
    unknown: bool = False
    why: set[str] = field(default_factory=set)

    def holds(self, system: str | None, code: str) -> bool | None:
        """Whether the code is in the set; system None: whatever the system. None: cannot be told."""
        listed = [self.systems.get(system)] if system in self.systems else []
        if system is None:
            listed = list(self.systems.values())
        if any(codes is not None and code in codes for codes in listed):
            return True
        return None if self.unknown or any(codes is None for codes in listed) else False


def compact_value_set(resource: Json) -> Json:
    compose = resource.get("compose") or {}
    found: Json = {
        "url": str(resource.get("url", "")), "name": str(resource.get("name") or resource.get("id")),
        "include": [_part(part) for part in compose.get("include", [])],
    }  # fmt: skip
    if excluded := [_part(part) for part in compose.get("exclude", [])]:
        found["exclude"] = excluded
    if not found["include"] and (contains := (resource.get("expansion") or {}).get("contains")):
        by_system: dict[str, list[str]] = {}
        for system, code in _expanded(contains):
            by_system.setdefault(system, []).append(code)
        found["include"] = [{"system": system, "codes": codes} for system, codes in by_system.items()]
    return found


def _expanded(contains: Iterable[Json]) -> Iterable[tuple[str, str]]:
    for item in contains:
        if "code" in item and not item.get("abstract"):
            yield str(item.get("system", "")), str(item["code"])
        yield from _expanded(item.get("contains", []))


def _part(part: Json) -> Json:
    found: Json = {}
    if "system" in part:
        # Some publishers pin the version within the system's address.
        found["system"] = str(part["system"]).partition("|")[0]
    if part.get("concept"):
        found["codes"] = [concept["code"] for concept in part["concept"]]
    if part.get("filter"):
        found["filters"] = [[f.get("property"), f.get("op"), f.get("value")] for f in part["filter"]]
    if part.get("valueSet"):
        found["sets"] = part["valueSet"]
    return found


def compact_code_system(resource: Json) -> Json:
    """`codes`: each code with its parents. A system that is not complete lists nothing."""
    codes: dict[str, list[str]] = {}
    if resource.get("content") == "complete":
        _collect(resource.get("concept", []), None, codes)
    return {"url": str(resource.get("url", "")), "name": str(resource.get("name")), "codes": codes}


def _collect(concepts: Iterable[Json], parent: str | None, codes: dict[str, list[str]]) -> None:
    for concept in concepts:
        parents = codes.setdefault(str(concept.get("code")), [])
        parents += [parent] if parent else []
        parents += [str(p.get("valueCode")) for p in concept.get("property", []) if p.get("code") in _UPWARDS]
        _collect(concept.get("concept", []), str(concept.get("code")), codes)


def codes_of(value_set: Json, value_sets: Find, code_systems: Find, depth: int = DEPTH) -> Codes:
    """The codes of a compact value set; `value_sets` and `code_systems` find what it imports, by canonical."""
    found = Codes()
    for part in value_set["include"]:
        _add(found, _codes_of_part(part, value_sets, code_systems, depth))
    for part in value_set.get("exclude", []):
        _remove(found, _codes_of_part(part, value_sets, code_systems, depth))
    return found


def _codes_of_part(part: Json, value_sets: Find, code_systems: Find, depth: int) -> Codes:
    parts = [_imported(name, value_sets, code_systems, depth) for name in part.get("sets", [])]
    if "system" in part:
        parts.append(_listed(part, code_systems))
    found = parts[0] if parts else Codes(unknown=True, why={"an empty include"})
    for other in parts[1:]:
        found = _common(found, other)
    return found


def _imported(name: str, value_sets: Find, code_systems: Find, depth: int) -> Codes:
    value_set = value_sets(name) if depth else None
    if value_set is None:
        return Codes(unknown=True, why={f"the value set {name} is in no loaded package"})
    return codes_of(value_set, value_sets, code_systems, depth - 1)


def _listed(part: Json, code_systems: Find) -> Codes:
    system = part["system"]
    if "codes" in part:
        return Codes({system: frozenset(part["codes"])})
    known = (code_systems(system) or {}).get("codes")
    if not known:
        return Codes({system: None}, why={f"the code system {system} is in no loaded package"})
    codes = set(known)
    for property, op, value in part.get("filters", []):
        if property != "concept" or op not in ("is-a", "descendent-of"):
            return Codes({system: None}, why={f"the filter {property} {op} {value} of {system} needs a terminology"})
        below = _descendants(known, value)
        codes &= below | {value} if op == "is-a" else below
    return Codes({system: frozenset(codes)})


def _descendants(known: dict[str, list[str]], ancestor: str) -> set[str]:
    found = {ancestor}
    while more := {code for code, parents in known.items() if code not in found and found.intersection(parents)}:
        found |= more
    return found - {ancestor}


def _add(to: Codes, more: Codes) -> None:
    for system, codes in more.systems.items():
        held = to.systems.get(system, frozenset())
        to.systems[system] = None if held is None or codes is None else held | codes
    to.unknown |= more.unknown
    to.why |= more.why


def _remove(of: Codes, less: Codes) -> None:
    for system, codes in less.systems.items():
        held = of.systems.get(system)
        if held is not None:
            of.systems[system] = None if codes is None else held - codes
    of.unknown |= less.unknown
    of.why |= less.why


def _common(one: Codes, other: Codes) -> Codes:
    """What is in both; codes known on one side only may or may not be."""
    why = one.why | other.why
    systems: dict[str, frozenset[str] | None] = {}
    for system in one.systems.keys() | other.systems.keys():
        a, b = one.systems.get(system, frozenset()), other.systems.get(system, frozenset())
        systems[system] = None if a is None or b is None else a & b
    return Codes(systems, one.unknown or other.unknown, why)
