"""From the nodes of a table to functions that judge JSON, made once per profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from medbridge.fhir.profiles.codings import binding_check
from medbridge.fhir.profiles.constraints import constraint_check
from medbridge.fhir.profiles.navigate import keys_of, picker
from medbridge.fhir.profiles.origin import ItemCheck, Origin
from medbridge.fhir.profiles.patterns import is_same, matches, spelled
from medbridge.fhir.profiles.scope import Item, Scope
from medbridge.fhir.profiles.slicing import slices_check
from medbridge.fhir.profiles.table import Node, Type
from medbridge.fhir.profiles.targets import target_check

ElementCheck = Callable[[dict[str, Any], str, Scope], None]


def item_check(node: Node, type: str | None, origin: Origin) -> ItemCheck:
    """The check of one value of an element; type: its R4 type, None when only the value can tell."""
    checks = _own_checks(node, origin)
    if children := node.get("children"):
        checks.append(_children_check(children, type, origin))

    def check(item: Item, scope: Scope) -> None:
        for one in checks:
            one(item, scope)

    return checks[0] if len(checks) == 1 else check


def _own_checks(node: Node, origin: Origin) -> list[ItemCheck]:
    checks: list[ItemCheck] = []
    if types := node.get("types"):
        checks += [c for c in (_types_check(types, origin), _profiles_check(types, origin)) if c]
        checks += [target_check(t["targets"], origin) for t in types if "targets" in t]
    if "fixed" in node:
        checks.append(_value_check(is_same, "must be exactly", node["fixed"], origin))
    if "pattern" in node:
        checks.append(_value_check(matches, "must hold", node["pattern"], origin))
    if "max_length" in node:
        checks.append(_length_check(node["max_length"], origin))
    if "binding" in node:
        checks.append(binding_check(node["binding"], origin))
    return checks + [c for c in (constraint_check(rule, origin) for rule in node.get("constraints", [])) if c]


def _value_check(compare: Callable[[Any, Any], bool], verb: str, wanted: Any, origin: Origin) -> ItemCheck:
    text = f"{verb} {spelled(wanted)} ({origin.name})."

    def check(item: Item, scope: Scope) -> None:
        if item.value is not None and not compare(wanted, item.value):
            scope.error("value", text, item.place)

    return check


def _length_check(most: int, origin: Origin) -> ItemCheck:
    def check(item: Item, scope: Scope) -> None:
        if isinstance(item.value, str) and len(item.value) > most:
            scope.error("too-long", f"is longer than {most} characters ({origin.name}).", item.place)

    return check


def _types_check(types: Sequence[Type], origin: Origin) -> ItemCheck | None:
    allowed = {type["code"] for type in types}
    text = f"must be a {' or a '.join(sorted(allowed))} ({origin.name})."

    def check(item: Item, scope: Scope) -> None:
        if item.type is not None and item.type not in allowed:
            scope.error("structure", f"is a {item.type}; it {text}", item.place)

    return None if allowed & {"Resource", "DomainResource", "Extension", "BackboneElement", "Element"} else check


def _profiles_check(types: Sequence[Type], origin: Origin) -> ItemCheck | None:
    """Extensions are judged wherever they stand (extensions.py), so not here again."""
    by_type = {type["code"]: type["profiles"] for type in types if "profiles" in type and type["code"] != "Extension"}

    def check(item: Item, scope: Scope) -> None:
        profiles = by_type.get(item.type or "", ())
        if len(profiles) == 1:
            scope.library.apply(item, profiles[0], origin.package, scope)
        elif profiles:
            answers = [scope.library.conforms(item.value, p, origin.package, scope, item.type) for p in profiles]
            if not any(answer is not False for answer in answers):
                names = " nor ".join(profile.rpartition("/")[2] for profile in profiles)
                scope.error("structure", f"conforms neither to {names} ({origin.name}).", item.place)

    return check if by_type else None


def _children_check(children: dict[str, Node], type: str | None, origin: Origin) -> ItemCheck:
    @cache
    def checks_of(type: str | None) -> list[ElementCheck]:
        return [_element_check(name, node, type, origin) for name, node in children.items()]

    fixed = checks_of(type)

    def check(item: Item, scope: Scope) -> None:
        holder = item.value if isinstance(item.value, dict) else item.shadow
        if not isinstance(holder, dict):
            holder = {}
        if "resourceType" in holder and holder is not scope.resource:
            scope = scope.inside(holder)
        for one in fixed if type is not None else checks_of(item.type):
            one(holder, item.place, scope)

    return check


def _element_check(name: str, node: Node, holder_type: str | None, origin: Origin) -> ElementCheck:
    pick, type = picker(name, holder_type), _type_of(name, holder_type, node)
    low, high = node.get("min", 0), node.get("max")
    one = item_check(node, type, origin)
    sliced = slices_check(node, type, origin, item_check) if "slicing" in node else None
    bare = name.removesuffix("[x]")
    # Where nothing is there, the slice that is wanted says more than its element does.
    wanted = any(slice.get("min") for slice in node.get("slices", {}).values())

    def check(holder: dict[str, Any], place: str, scope: Scope) -> None:
        items = pick(holder, place)
        if len(items) < low and (items or not wanted):
            need = "is required" if low == 1 else f"is needed at least {low} times, there are {len(items)}"
            scope.error("required", f"{bare} {need} ({origin.name}).", f"{place}.{bare}")
        if high is not None and len(items) > high:
            text = f"{bare} is not allowed" if high == 0 else f"{bare} is allowed at most {high} times"
            scope.error("structure", f"{text} ({origin.name}).", items[high].place)
        for item in items:
            one(item, scope)
        if sliced is not None:
            sliced(items, f"{place}.{bare}", scope)

    return check


def _type_of(name: str, holder_type: str | None, node: Node) -> str | None:
    """The element's type where it is one only; of a choice that the profile narrows, the one that is left."""
    types = set(keys_of(name, holder_type).values())
    if narrowed := {type["code"] for type in node.get("types", [])}:
        types = types & narrowed or types
    [type] = types if len(types) == 1 else [None]
    return None if type == "Resource" else type
