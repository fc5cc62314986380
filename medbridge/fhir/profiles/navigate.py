"""From an element's name to its values in JSON: arrays flattened, choices found, primitives with their extensions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from medbridge.fhir.profiles.scope import Item, Scope
from medbridge.fhir.structure import elements

Picker = Callable[[dict[str, Any], str], Sequence[Item]]
_STEP = re.compile(
    r"""(?:^|\.)(?:(resolve)\(\)|extension\((['"])(.*?)\2\)|ofType\((\w+)\)|(\$this|[A-Za-z]\w*)(?:\[x\])?)"""
)


@lru_cache(maxsize=4096)
def picker(name: str, holder: str | None) -> Picker:
    """Finds the values of an element ("code", "value[x]", "value") in an object of the R4 type `holder`."""
    keys = keys_of(name, holder)
    if len(keys) == 1:
        [(key, type)] = keys.items()
        return lambda value, place: values(value, key, type, place)

    def pick(value: dict[str, Any], place: str) -> Sequence[Item]:
        # An Extension has fifty possible values and two keys: those that are there are asked, not those there may be.
        present = dict.fromkeys(bare for key in value if (bare := key.removeprefix("_")) in keys)
        return [item for key in present for item in values(value, key, keys[key], place)]

    return pick


def keys_of(name: str, holder: str | None) -> dict[str, str | None]:
    """The JSON keys an element name may stand for, with their types."""
    bare = name.removesuffix("[x]")
    try:
        known = elements(holder or "")
    except KeyError:
        return {bare: None}
    if bare in known and bare == name:
        return {bare: _plain(known[bare].type)}
    return {key: _plain(element.type) for key, element in known.items() if element.choice == bare} or {bare: None}


def _plain(type: str) -> str:
    """R4's own profiles of Quantity are Quantities where a profile names types."""
    return "Quantity" if type in ("SimpleQuantity", "MoneyQuantity") else type


def values(holder: dict[str, Any], key: str, type: str | None, place: str) -> Sequence[Item]:
    value, shadow = holder.get(key), holder.get(f"_{key}")
    if value is None and shadow is None:
        return ()
    place = f"{place}.{key}"
    if isinstance(value, list) or isinstance(shadow, list):
        pairs = zip_longest(value or (), shadow or ())
        return [
            Item(one, f"{place}[{at}]", _type(one, type), other)
            for at, (one, other) in enumerate(pairs)
            if one is not None or other is not None
        ]
    return (Item(value, place, _type(value, type), shadow),)


def _type(value: Any, type: str | None) -> str | None:
    if type == "Resource" and isinstance(value, dict):
        return str(value.get("resourceType"))
    return type


def steps(path: str) -> list[tuple[str, str]] | None:
    """A discriminator's path as (kind, argument) pairs; None when it is more than R4 allows there."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        resolve, _, url, kind, name = match.groups()
        if resolve:
            found.append(("resolve", ""))
        elif url is not None:
            found.append(("extension", url))
        elif kind:
            found.append(("type", kind))
        elif name != "$this":
            found.append(("name", name))
        at = match.end()
    return found


def follow(item: Item, path: Sequence[tuple[str, str]], scope: Scope) -> list[Item] | None:
    """The items at the end of a path; None when a reference on the way leads outside what was sent."""
    items = [item]
    for kind, argument in path:
        if kind == "resolve":
            resolved = [(one, scope.resolve(one.value)) for one in items]
            if any(target is None for _, target in resolved):
                return None
            items = [Item(target, one.place, str((target or {}).get("resourceType"))) for one, target in resolved]
        elif kind == "type":
            items = [one for one in items if one.type == argument]
        elif kind == "extension":
            items = [e for one in items for e in _pick("extension", one) if _url(e.value) == argument]
        else:
            items = [found for one in items for found in _pick(argument, one)]
    return items


def _url(value: Any) -> Any:
    return value.get("url") if isinstance(value, dict) else None


def _pick(name: str, item: Item) -> Sequence[Item]:
    holder = item.value if isinstance(item.value, dict) else item.shadow
    return picker(name, item.type)(holder, item.place) if isinstance(holder, dict) else ()
