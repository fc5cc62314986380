"""What changed between two resources of one type, as a FHIRPath Patch (FHIR R4 fhirpatch.html).

Carried out on the first, the operations make the second. Within an object, what is put in comes before what is taken
out: FHIR knows no empty objects, so an element that lost all it had would be gone before something is added to it.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from medbridge.fhir.digits import serialize
from medbridge.fhir.structure import elements, is_complex

Json = dict[str, Any]
# A primitive's or object's JSON, and what goes into the key with the underscore: a primitive's id and extensions.
Item = tuple[Any, Any]

# They say which record and version it is, and differ between any two.
_IDENTITY = ("resourceType", "id", "meta")
# XHTML has no value[x] of its own.
_SPELLED = {"xhtml": "String", "SimpleQuantity": "Quantity"}


def difference(before: Json, after: Json) -> Json:
    """A Parameters resource with an `operation` for each change, id and meta left out. Digits count: 1.0 is not 1."""
    type = before["resourceType"]
    one, other = ({key: value for key, value in each.items() if key not in _IDENTITY} for each in (before, after))
    operations = list(_objects(type, type, one, other))
    return {"resourceType": "Parameters", **({"parameter": operations} if operations else {})}


def _objects(path: str, kind: str, before: Json, after: Json) -> Iterator[Json]:
    gone: list[Json] = []
    for name, keys in _names(kind, (*before, *after)):
        old, new = (next((key for key in keys if _there(each, key)), None) for each in (before, after))
        here = f"{path}.{name}"
        if new is None and old is not None:
            gone += _taken_away(here, _items(before, old), elements(kind)[old].many)
        elif new is not None and old is None:
            type = elements(kind)[new].type
            yield from (_operation("add", path, name=name, value=_value(type, item)) for item in _items(after, new))
        elif new is not None and old is not None:
            yield from _elements(here, kind, (old, _items(before, old)), (new, _items(after, new)))
    yield from gone


def _names(kind: str, keys: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The elements by their names in FHIRPath, and the JSON keys that each can be under: value: valueQuantity ..."""
    known, found = elements(kind), dict[str, list[str]]()
    for key in keys:
        bare = key.removeprefix("_")
        if bare in known:
            listed = found.setdefault(known[bare].choice or bare, [])
            listed += [bare] if bare not in listed else []
    return list(found.items())


def _there(resource: Json, key: str) -> bool:
    return key in resource or f"_{key}" in resource


def _items(resource: Json, key: str) -> list[Item]:
    value, companion = resource.get(key), resource.get(f"_{key}")
    if not isinstance(value, list) and not isinstance(companion, list):
        return [(value, companion)]
    values, companions = value or [], companion or []
    size = max(len(values), len(companions))
    return list(zip(_padded(values, size), _padded(companions, size), strict=True))


def _padded(listed: list[Any], size: int) -> list[Any]:
    return [*listed, *[None] * (size - len(listed))]


def _elements(path: str, kind: str, old: tuple[str, list[Item]], new: tuple[str, list[Item]]) -> Iterator[Json]:
    element = elements(kind)[new[0]]
    if not element.many:
        yield from _changed(path, element.type, old[1][0], new[1][0], same_type=old[0] == new[0])
        return
    before, after = old[1], new[1]
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    was, now = before[start : len(before) - end], after[start : len(after) - end]
    both = min(len(was), len(now))
    for at in range(both):
        yield from _changed(f"{path}[{start + at}]", element.type, was[at], now[at])
    for at in range(both, len(now)):
        yield _operation("insert", path, index=start + at, value=_value(element.type, now[at]))
    for at in range(len(was) - 1, both - 1, -1):
        yield _operation("delete", f"{path}[{start + at}]")


def _common(before: Sequence[Item], after: Sequence[Item]) -> int:
    return sum(1 for _ in takewhile(lambda pair: _same(*pair), zip(before, after, strict=False)))


def _changed(path: str, type: str, old: Item, new: Item, *, same_type: bool = True) -> Iterator[Json]:
    if same_type and _same(old, new):
        return
    kind = _kind(type, new[0])
    if same_type and isinstance(old[0], dict) and isinstance(new[0], dict) and kind == _kind(type, old[0]):
        yield from _objects(path, kind, old[0], new[0])
    else:
        yield _operation("replace", path, value=_value(type, new))


def _kind(type: str, value: Any) -> str:
    """Of a contained resource its own type."""
    return str(value.get("resourceType")) if type == "Resource" and isinstance(value, dict) else type


def _same(one: Item, other: Item) -> bool:
    return one == other and serialize(one) == serialize(other)


def _taken_away(path: str, items: Sequence[Item], many: bool) -> Iterator[Json]:
    if not many:
        yield _operation("delete", path)
    else:
        yield from (_operation("delete", f"{path}[{at}]") for at in range(len(items) - 1, -1, -1))


def _operation(type: str, path: str, *, name: str = "", index: int | None = None, value: Json | None = None) -> Json:
    parts: list[Json] = [{"name": "type", "valueCode": type}, {"name": "path", "valueString": path}]
    if name:
        parts.append({"name": "name", "valueString": name})
    if index is not None:
        parts.append({"name": "index", "valueInteger": index})
    return {"name": "operation", "part": [*parts, value] if value else parts}


def _value(type: str, item: Item, name: str = "value") -> Json:
    """A part with the value: as value[x] where Parameters have one of the type, else its elements as parts."""
    value, companion = item
    if type == "Resource":
        return {"name": name, "resource": value}
    spelled = _SPELLED.get(type, type)
    key = f"value{spelled[0].upper()}{spelled[1:]}"
    if not is_complex(type) or key in elements("Parameters.parameter"):
        held = {key: value, f"_{key}": companion}
        return {"name": name, **{each: content for each, content in held.items() if content is not None}}
    return {"name": name, "part": list(_parts(type, value))}


def _parts(kind: str, value: Json) -> Iterator[Json]:
    for name, keys in _names(kind, tuple(value)):
        for item in _items(value, keys[0]):
            yield _value(elements(kind)[keys[0]].type, item, name)
