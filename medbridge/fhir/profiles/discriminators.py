"""Which slice an item belongs to (R4 profiling.html#discriminator)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from medbridge.fhir.profiles.codings import codings
from medbridge.fhir.profiles.narrowing import CORE
from medbridge.fhir.profiles.navigate import follow, steps
from medbridge.fhir.profiles.origin import Origin
from medbridge.fhir.profiles.patterns import is_same, matches
from medbridge.fhir.profiles.scope import Item, Scope
from medbridge.fhir.profiles.table import Discriminator, Node, Slicing

Test = Callable[[Item, Scope], bool | None]
"""Whether the item is of the slice; None when what decides it lies outside what was sent."""

Why = Callable[[Item, Scope], None]
"""Adds to the scope why an item that could be of the slice is not."""

Path = Sequence[tuple[str, str]]


def slice_test(name: str, slice: Node, slicing: Slicing, origin: Origin) -> Test | None:
    """None, with a gap noted, when the slice cannot be told apart."""
    tests: list[Test] = []
    for by in slicing["by"]:
        path = steps(by["path"])
        test = _test(by, path, slice, origin.package) if path is not None else None
        if test is None:
            origin.gaps.append(f"slice {name}: its items cannot be told by {by['type']} {by['path']}")
            return None
        tests.append(test)
    if not tests:
        origin.gaps.append(f"slice {name}: there is no discriminator")
        return None
    return tests[0] if len(tests) == 1 else _all(tests)


def _all(tests: Sequence[Test]) -> Test:
    def test(item: Item, scope: Scope) -> bool | None:
        answers = [one(item, scope) for one in tests]
        return False if False in answers else None if None in answers else True

    return test


def _test(by: Discriminator, path: Path, slice: Node, package: str) -> Test | None:
    match by["type"]:
        case "value" | "pattern":
            return _url_test(path, slice) or _value_test(path, slice, package)
        case "type":
            return _type_test(path, slice)
        case "exists":
            return _exists_test(path, slice)
        case "profile":
            return _profile_test(path, slice, package)
    return None


def _url_test(path: Path, slice: Node) -> Test | None:
    """Extensions are told by their url, which is the canonical of their profile."""
    urls = {
        p.partition("|")[0] for t in slice.get("types", []) if t["code"] == "Extension" for p in t.get("profiles", [])
    }
    if list(path) != [("name", "url")] or not urls:
        return None
    return lambda item, scope: isinstance(item.value, dict) and str(item.value.get("url")) in urls


def _value_test(path: Path, slice: Node, package: str) -> Test | None:
    """The fixed value or pattern may stand at the path's end or on the way there; a required binding tells as well."""
    for length in range(len(path), -1, -1):
        node = _node_at(slice, path[:length])
        if node is None:
            continue
        if "fixed" in node:
            return _any(path[:length], is_same, node["fixed"])
        if "pattern" in node:
            return _any(path[:length], matches, node["pattern"])
        if length == len(path) and node.get("binding", {}).get("strength") == "required":
            return _bound(path, node["binding"]["set"], package)
    return None


def _any(path: Path, compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
    if not path:
        return lambda item, scope: compare(wanted, item.value)

    def test(item: Item, scope: Scope) -> bool | None:
        found = follow(item, path, scope)
        return None if found is None else any(compare(wanted, one.value) for one in found)

    return test


def _bound(path: Path, name: str, package: str) -> Test:
    def test(item: Item, scope: Scope) -> bool | None:
        found, codes = follow(item, path, scope), scope.library.codes(name, package)
        if found is None or codes is None:
            return None
        answers = [codes.holds(system, code) for one in found for system, code in codings(one.value)]
        return True if True in answers else None if None in answers else False

    return test


def _type_test(path: Path, slice: Node) -> Test | None:
    types = {type["code"] for type in (_node_at(slice, path) or {}).get("types", [])}
    if path and path[-1][0] == "resolve":
        types = set(_targets(slice, path))
    if not types:
        return None

    def test(item: Item, scope: Scope) -> bool | None:
        found = follow(item, path, scope)
        return None if found is None else any(one.type in types for one in found)

    return test


def _targets(slice: Node, path: Path) -> list[str]:
    node = _node_at(slice, [step for step in path if step[0] != "resolve"]) or Node()
    return [target.rpartition("/")[2] for type in node.get("types", []) for target in type.get("targets", [])]


def _exists_test(path: Path, slice: Node) -> Test | None:
    node = _node_at(slice, path) or Node()
    if node.get("max") != 0 and not node.get("min"):
        return None
    wanted = node.get("max") != 0

    def test(item: Item, scope: Scope) -> bool | None:
        found = follow(item, path, scope)
        return None if found is None else bool(found) == wanted

    return test


def _profile_test(path: Path, slice: Node, package: str) -> Test | None:
    """The resource that an item is, holds or refers to meets one of the slice's profiles."""
    profiles = _profiles(path, slice)
    if not profiles:
        return None

    def test(item: Item, scope: Scope) -> bool | None:
        found = follow(item, path, scope)
        if found is None:
            return None
        answers = [scope.library.conforms(one.value, profile, package, scope) for one in found for profile in profiles]
        return True if True in answers else None if None in answers else False

    return test


def _profiles(path: Path, slice: Node) -> list[str]:
    """Canonicals; where the slice names types only, those of the types."""
    node = _node_at(slice, [step for step in path if step[0] != "resolve"]) or Node()
    types = node.get("types", [])
    if path and path[-1][0] == "resolve":
        return [target for type in types for target in type.get("targets", [])]
    return [p for type in types for p in type.get("profiles", [])] or [CORE + type["code"] for type in types]


def reasons(slice: Node, slicing: Slicing, package: str) -> Why | None:
    """For slices told by the profile of a resource inside the item: what that profile finds wrong with it."""
    for by in slicing["by"]:
        path = steps(by["path"])
        if by["type"] == "profile" and path is not None and not any(kind == "resolve" for kind, _ in path):
            return _reasons(path, _profiles(path, slice), package)
    return None


def _reasons(path: Path, profiles: Sequence[str], package: str) -> Why:
    def why(item: Item, scope: Scope) -> None:
        for one in follow(item, path, scope) or ():
            for profile in profiles:
                scope.library.explain(one, profile, package, scope)

    return why


def _node_at(slice: Node, path: Path) -> Node | None:
    node: Node | None = slice
    for kind, argument in path:
        if kind in ("resolve", "type"):
            continue
        children = (node or Node()).get("children", {})
        node = children.get(argument) or children.get(f"{argument}[x]")
        if node is None:
            return None
    return node
