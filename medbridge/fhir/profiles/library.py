"""The profiles and value sets of loaded packages, by canonical, each compiled when first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from medbridge.fhir.outcome import Issue
from medbridge.fhir.profiles import core
from medbridge.fhir.profiles.compile import item_check
from medbridge.fhir.profiles.narrowing import CORE
from medbridge.fhir.profiles.origin import ItemCheck, Origin
from medbridge.fhir.profiles.scope import Item, Json, Scope
from medbridge.fhir.profiles.table import Context, Structure
from medbridge.fhir.profiles.value_sets import Codes, codes_of

STRUCTURE, VALUE_SET, CODE_SYSTEM = "StructureDefinition", "ValueSet", "CodeSystem"


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition of a package. `key`: what its table is loaded by; `type`: what a StructureDefinition is about."""

    kind: str
    url: str
    version: str
    package: str
    key: Hashable
    type: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A compiled profile; `gaps`: what in it is not judged, in words."""

    url: str
    version: str
    name: str
    type: str
    package: str
    check: ItemCheck
    gaps: tuple[str, ...] = ()
    context: tuple[Context, ...] = ()
    modifier: bool = False


class Library:
    """Safe between threads: a definition is at worst compiled twice."""

    def __init__(self, entries: Iterable[Entry], load: Callable[[Hashable], Any]) -> None:
        """load: the table (table.Structure, or a compact value set or code system) of an entry's key."""
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        self._load = load
        self._made: dict[tuple[str, Hashable], Any] = {}
        for entry in entries:
            self._entries.setdefault((entry.kind, entry.url), []).append(entry)
        for listed in self._entries.values():
            listed.sort(key=lambda entry: newness(entry.package), reverse=True)
        self._publishers = {e.url.rpartition("/")[0]: e.package for e in self.entries(STRUCTURE)}

    def find(self, kind: str, canonical: str, package: str = "") -> Entry | None:
        """Of the version the canonical names; else of `package` ("name#version"), else of the newest package."""
        url, _, version = canonical.partition("|")
        listed = self._entries.get((kind, url), [])
        if version:
            listed = [entry for entry in listed if entry.version == version]
        return next((entry for entry in listed if entry.package == package), listed[0] if listed else None)

    def entries(self, kind: str) -> list[Entry]:
        return [entry for (of, _), listed in sorted(self._entries.items()) if of == kind for entry in listed]

    def publisher(self, url: str) -> str:
        """The package whose StructureDefinitions have addresses like this one; nothing when none has."""
        return self._publishers.get(url.rpartition("/")[0], "")

    def profile(self, canonical: str, package: str = "") -> Profile | None:
        """The compiled profile; None when it is in no loaded package and R4 itself has none."""
        entry = self.find(STRUCTURE, canonical, package)
        if entry is None:
            own = core.structure(canonical)
            return self._once(("core", own["url"]), lambda: _compiled(own, "")) if own else None
        found: Profile = self._once(("profile", entry.key), lambda: _compiled(self._load(entry.key), entry.package))
        return found

    def codes(self, canonical: str, package: str = "") -> Codes | None:
        """The codes of a value set; None when it is in no loaded package and R4 does not list it."""
        entry = self.find(VALUE_SET, canonical, package)
        if entry is None:
            return core.codes(canonical)
        found: Codes = self._once(("codes", entry.key), lambda: self._expanded(entry))
        return found

    def _expanded(self, entry: Entry) -> Codes:
        def value_set(canonical: str) -> Json | None:
            found = self.find(VALUE_SET, canonical, entry.package)
            return self._load(found.key) if found else None

        def code_system(canonical: str) -> Json | None:
            found = self.find(CODE_SYSTEM, canonical, entry.package)
            return self._load(found.key) if found else None

        return codes_of(self._load(entry.key), value_set, code_system)

    def _once(self, key: tuple[str, Hashable], make: Callable[[], Any]) -> Any:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def apply(self, item: Item, canonical: str, package: str, scope: Scope) -> None:
        """Judge an item by a profile; one that is not loaded is noted as unchecked."""
        profile = self.profile(canonical, package)
        if profile is not None:
            profile.check(item, scope)
        elif not core.is_type(canonical):
            scope.skip(f"the profile {canonical}, which is in no loaded package", item.place)

    def conforms(self, value: Any, canonical: str, package: str, scope: Scope, type: str | None = None) -> bool | None:
        """Whether a resource (or a value of the given type) meets a profile; None when the profile is not loaded."""
        kind = type or (str(value.get("resourceType")) if isinstance(value, dict) else None)
        if core.is_type(canonical):
            return canonical.removeprefix(CORE) in (kind, "Resource", "DomainResource")
        profile = self.profile(canonical, package)
        if profile is None or kind is None:
            return None
        key = (id(value), f"{profile.url}|{profile.package}")
        if key not in scope.judged:
            # Resources that refer to each other in a circle hold each other up.
            scope.judged[key] = True
            scope.judged[key] = kind == profile.type and not self._faults(Item(value, kind, kind), profile, scope)
        return scope.judged[key]

    def reason(self, value: Json, canonical: str, package: str, scope: Scope) -> str:
        """The first reason why a resource does not meet a profile."""
        profile, kind = self.profile(canonical, package), str(value.get("resourceType"))
        faults = self._faults(Item(value, kind, kind), profile, scope) if profile else []
        return f"{faults[0].expression}: {faults[0].diagnostics}" if faults else "it does not meet that profile."

    def explain(self, item: Item, canonical: str, package: str, scope: Scope) -> None:
        """Add to the scope what a profile finds wrong with a resource of its type."""
        profile = self.profile(canonical, package)
        if profile is not None and item.type == profile.type:
            scope.found.extend(self._faults(item, profile, scope))

    def _faults(self, item: Item, profile: Profile, scope: Scope) -> list[Issue]:
        trial = scope.trial()
        if isinstance(item.value, dict) and "resourceType" in item.value:
            trial = replace(trial, resource=scope.inside(item.value).resource)
        profile.check(item, trial)
        return [issue for issue in trial.found if issue.severity == "error"]


def _compiled(table: Structure, package: str) -> Profile:
    origin = Origin(table["name"], package, list(table.get("gaps", [])))
    check = item_check(table["root"], table["type"], origin)
    return Profile(
        table["url"], table["version"], table["name"], table["type"], package, check, tuple(origin.gaps),
        tuple(table.get("context", [])), table.get("modifier", False),
    )  # fmt: skip


def newness(package: str) -> tuple[list[tuple[int, str]], bool]:
    """Sorts "name#version" by version: numbers as numbers, 7.0.0 after 7.0.0-ballot."""
    version, _, label = package.partition("#")[2].partition("-")
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"\.", version)], not label
