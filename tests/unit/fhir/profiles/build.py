"""Small profiles, value sets and code systems, and what they find in a resource."""

from __future__ import annotations

from typing import Any

from medbridge.fhir.profiles.judge import judge
from medbridge.fhir.profiles.library import CODE_SYSTEM, STRUCTURE, VALUE_SET, Entry, Library
from medbridge.fhir.profiles.snapshot import compact
from medbridge.fhir.profiles.value_sets import compact_code_system, compact_value_set

Json = dict[str, Any]
MINE = "http://example.org/fhir/StructureDefinition"
SETS = "http://example.org/fhir/ValueSet"
COLOURS = "http://example.org/colours"
PACKAGE = "example#1.0.0"
_COMPACT = {STRUCTURE: compact, VALUE_SET: compact_value_set, CODE_SYSTEM: compact_code_system}


def profile(type: str, *elements: Json, name: str = "mine", **changes: Any) -> Json:
    """A profile of `type`; elements as `at("Patient.name", min=1)`, parents before children."""
    root = {"id": type, "path": type}
    return {
        "resourceType": "StructureDefinition", "url": f"{MINE}/{name}", "name": name, "type": type, "kind": "resource",
        "derivation": "constraint", "snapshot": {"element": [root, *elements]}, **changes,
    }  # fmt: skip


def extension(name: str, *elements: Json, contexts: tuple[str, ...] = ("Patient",), modifier: bool = False) -> Json:
    made = profile("Extension", *elements, name=name, kind="complex-type")
    made["snapshot"]["element"][0]["isModifier"] = modifier
    made["context"] = [{"type": "element", "expression": expression} for expression in contexts]
    return made


def at(id: str, **says: Any) -> Json:
    return {"id": id, "path": id, **says}


def sliced(id: str, *by: tuple[str, str], rules: str = "open", **says: Any) -> Json:
    """by: (type, path) of each discriminator."""
    listed = [{"type": type, "path": path} for type, path in by]
    return at(id, slicing={"discriminator": listed, "rules": rules, **says})


def rule(expression: str, severity: str = "error", key: str = "own-1") -> Json:
    return {"key": key, "severity": severity, "human": "As the profile says.", "expression": expression}


def value_set(name: str, *include: Json, exclude: tuple[Json, ...] = ()) -> Json:
    compose = {"include": list(include), "exclude": list(exclude)}
    return {"resourceType": "ValueSet", "url": f"{SETS}/{name}", "name": name, "compose": compose}


def concepts(*codes: str, system: str = COLOURS) -> Json:
    return {"system": system, "concept": [{"code": code} for code in codes]}


def library(*definitions: Json, package: str = PACKAGE) -> Library:
    tables: Json = {}
    entries = []
    for made in definitions:
        kind, key = made["resourceType"], f"{made['resourceType']} {made['url']} {made.get('version')}"
        tables[key] = _COMPACT[kind](made)
        entries.append(Entry(kind, made["url"], made.get("version", ""), package, key, made.get("type", "")))
    return Library(entries, tables.__getitem__)


def found(resource: Json, *definitions: Json, ask: str = "mine") -> list[tuple[str, str, str | None]]:
    """(severity, code, expression) of what the profile `ask` finds."""
    issues = judge(resource, [f"{MINE}/{ask}"], library(*definitions))
    return [(issue.severity, issue.code, issue.expression) for issue in issues]


def errors(resource: Json, *definitions: Json) -> list[tuple[str, str | None]]:
    return [(code, expression) for severity, code, expression in found(resource, *definitions) if severity == "error"]
