"""FHIRPath Patch: a Parameters resource of operations on places that paths name (FHIR R4 fhirpatch.html)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from medbridge.fhir.outcome import FhirError, Issue, bad_request
from medbridge.fhir.patch_json import OPERATIONS, copied
from medbridge.fhir.patch_paths import Path, PathError, Spot, children, choices, element, kind_of, read_path, root_of
from medbridge.fhir.structure import elements, is_complex

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as read. `value` is the part of that name: its value[x], or the parts of an inner type."""

    type: str
    path: Path
    place: str
    name: str = ""
    value: Json | None = None
    index: int = 0
    source: int = 0
    destination: int = 0


class _Inapplicable(Exception):
    """An operation meets a resource that it was not written for."""


def read_operations(parameters: Json) -> list[Operation]:
    """Raises FhirError(400) naming the parameter that is not one of fhirpatch.html."""
    listed = parameters.get("parameter", [])
    if not isinstance(listed, list) or len(listed) > OPERATIONS:
        raise bad_request(f"A FHIRPath Patch has a list of up to {OPERATIONS} parameters.", "Parameters.parameter")
    return [_operation(each, f"Parameters.parameter[{at}]") for at, each in enumerate(listed)]


def apply(operations: Sequence[Operation], resource: Json) -> Json:
    """A patched copy; the argument is not changed. Raises FhirError(422) where an operation does not apply."""
    work: Json = copied(resource)
    for operation in operations:
        try:
            _PERFORM[operation.type](operation, root_of(work))
        except _Inapplicable as error:
            raise FhirError(422, [Issue("processing", f"{operation.type}: {error}", operation.place)]) from None
    return work


def _operation(sent: Any, place: str) -> Operation:
    if not isinstance(sent, dict) or sent.get("name") != "operation" or not isinstance(sent.get("part"), list):
        raise bad_request("Each parameter is named “operation” and has parts.", place, "structure")
    parts = {str(part.get("name")): part for part in sent["part"] if isinstance(part, dict)}
    type = str(_scalar(parts.get("type")))
    if type not in _PERFORM:
        raise bad_request(f"type must be one of {', '.join(_PERFORM)}.", place)
    needed = ("path", *_NEEDS[type])
    if missing := [name for name in needed if name not in parts]:
        raise bad_request(f"{type} needs the part “{missing[0]}”.", place, "required")
    numbers = {name: _number(parts[name], place) for name in needed if name in ("index", "source", "destination")}
    name = _scalar(parts.get("name"))
    return Operation(type, _path(_scalar(parts["path"]), place), place, str(name or ""), parts.get("value"), **numbers)


def _path(text: Any, place: str) -> Path:
    try:
        return read_path(text if isinstance(text, str) else "")
    except PathError as error:
        raise bad_request(f"path: {error}", place) from None


def _scalar(part: Json | None) -> Any:
    return next((value for key, value in (part or {}).items() if key.startswith("value")), None)


def _number(part: Json, place: str) -> int:
    number = _scalar(part)
    if type(number) is not int or number < 0:
        raise bad_request(f"{part.get('name')} must be a whole number from 0.", place)
    return number


def _one(spots: Sequence[Spot]) -> Spot:
    if len(spots) != 1:
        raise _Inapplicable(f"the path finds {len(spots) or 'no'} elements; it must find one.")
    return spots[0]


def _add(operation: Operation, root: Spot) -> None:
    spot = _one(operation.path.follow(root))
    body = _opened(spot)
    key, many = _key(kind_of(spot), operation.name, operation.value or {})
    value = _built(kind_of(spot), key, operation.value or {})
    if many:
        _insert_into(body, key, _length(body, key), value)
        return
    if any(True for _ in children(spot, operation.name)):
        raise _Inapplicable(f"there is a {operation.name} already; replace it.")
    _set(body, key, value)


def _opened(spot: Spot) -> Json:
    """The object to add to; a primitive gets one for its extensions."""
    if spot.key and not spot.body and not is_complex(spot.type):
        if spot.index is None:
            spot.owner[spot.companion] = {}
        else:
            _set_companion(spot.owner, spot.key, spot.index, {})
    elif spot.key and not spot.body:
        raise _Inapplicable("the path must name an object.")
    return spot.body


def _insert(operation: Operation, root: Spot) -> None:
    owner, key, size = _collection(operation, root)
    if operation.index > size:
        raise _Inapplicable(f"index {operation.index} is past the end of a list of {size}.")
    _insert_into(owner.body, key, operation.index, _built(kind_of(owner), key, operation.value or {}))


def _delete(operation: Operation, root: Spot) -> None:
    spots = operation.path.follow(root)
    if not spots:
        return
    spot = _one(spots)
    if not spot.key:
        raise _Inapplicable("the whole resource cannot be taken away; DELETE does that.")
    _remove(spot, (spot.key, spot.companion))


def _remove(spot: Spot, keys: Sequence[str]) -> None:
    """FHIR knows no empty lists and objects: what is empty without this place goes with it."""
    for key in keys:
        listed = spot.owner.get(key)
        if spot.index is None:
            spot.owner.pop(key, None)
        elif isinstance(listed, list) and spot.index < len(listed):
            listed[spot.index : spot.index + 1] = [] if len(keys) > 1 else [None]
            if all(item is None for item in listed):
                del spot.owner[key]
    above = spot.parent
    if above is not None and above.key and not spot.owner:
        _remove(above, (above.key, above.companion) if is_complex(above.type) else (above.companion,))


def _replace(operation: Operation, root: Spot) -> None:
    spot = _one(operation.path.follow(root))
    if not spot.key or spot.parent is None:
        raise _Inapplicable("the whole resource cannot be replaced; PUT does that.")
    kind = kind_of(spot.parent)
    group = elements(kind)[spot.key].choice
    key, _ = _key(kind, group or spot.key, operation.value or {})
    value = _built(kind, key, operation.value or {})
    if spot.index is None:
        for old in choices(kind, group) if group else [spot.key]:
            spot.owner.pop(old, None)
            spot.owner.pop(f"_{old}", None)
        _set(spot.owner, key, value)
        return
    listed = spot.owner.setdefault(key, [])
    listed += [None] * (spot.index + 1 - len(listed))
    listed[spot.index] = value[0]
    _set_companion(spot.owner, key, spot.index, value[1])


def _move(operation: Operation, root: Spot) -> None:
    owner, key, size = _collection(operation, root)
    if operation.source >= size or operation.destination >= size:
        raise _Inapplicable(f"source and destination must be below {size}, the length of the list.")
    for name in (key, f"_{key}"):
        if listed := owner.body.get(name):
            listed += [None] * (size - len(listed))
            listed.insert(operation.destination, listed.pop(operation.source))


def _collection(operation: Operation, root: Spot) -> tuple[Spot, str, int]:
    """The place, the key and the length of the list that the path names."""
    name = operation.path.last
    if name is None:
        raise _Inapplicable("the path must name a list, such as Patient.name.")
    owner = _one(operation.path.owners(root))
    found = element(kind_of(owner), name) if owner.body else None
    if found is None or not found[2]:
        raise _Inapplicable(f"{name} is no list.")
    return owner, name, _length(owner.body, name)


def _length(body: Json, key: str) -> int:
    return max(len(body.get(name, ())) for name in (key, f"_{key}"))


def _key(kind: str, name: str, part: Json) -> tuple[str, bool]:
    """The JSON key that a value is stored under (value and valueQuantity: valueQuantity), and whether it is a list."""
    found = element(kind, name)
    if found is None:
        raise _Inapplicable(f"{kind} has no element “{name[:80]}”.")
    if found[1]:
        return name, found[2]
    sent = next((key.removeprefix("value") for key in part if key.startswith("value")), "")
    key = f"{name}{sent}"
    if key not in choices(kind, name):
        raise _Inapplicable(f"{kind}.{name} takes no {sent or 'parts'}.")
    return key, False


def _built(kind: str, key: str, part: Json) -> tuple[Any, Any]:
    """The value of a part and what goes into its companion: a primitive's id and extensions."""
    sent = next((name for name in part if name.startswith(("value", "_value", "resource"))), None)
    if sent is not None:
        bare = sent.removeprefix("_")
        return copied(part.get(bare)), copied(part.get(f"_{bare}"))
    if not isinstance(part.get("part"), list):
        raise _Inapplicable("the part “value” has no value.")
    return _assembled(elements(kind)[key].type, part["part"]), None


def _assembled(kind: str, parts: Sequence[Any]) -> Json:
    """An inner type, which no value[x] can hold, from parts that are named like its elements."""
    built: Json = {}
    for part in parts:
        name = str(part.get("name")) if isinstance(part, dict) else ""
        key, many = _key(kind, name, part if isinstance(part, dict) else {})
        value = _built(kind, key, part)
        if many:
            _insert_into(built, key, _length(built, key), value)
        else:
            _set(built, key, value)
    return built


def _set(body: Json, key: str, value: tuple[Any, Any]) -> None:
    for name, item in zip((key, f"_{key}"), value, strict=True):
        if item is not None:
            body[name] = item


def _insert_into(body: Json, key: str, index: int, value: tuple[Any, Any]) -> None:
    """Lists of primitives have a second list, of their extensions, which keeps step."""
    listed = body.setdefault(key, [])
    listed += [None] * (index - len(listed))
    listed.insert(index, value[0])
    companion = f"_{key}"
    if isinstance(beside := body.get(companion), list):
        beside += [None] * (len(listed) - 1 - len(beside))
        beside.insert(index, value[1])
    elif value[1] is not None:
        _set_companion(body, key, index, value[1])


def _set_companion(body: Json, key: str, index: int, extensions: Any) -> None:
    companion = f"_{key}"
    if extensions is None and companion not in body:
        return
    beside = body.setdefault(companion, [])
    beside += [None] * (len(body[key]) - len(beside))
    beside[index] = extensions
    if all(item is None for item in beside):
        del body[companion]


_NEEDS: dict[str, tuple[str, ...]] = {
    "add": ("name", "value"),
    "insert": ("index", "value"),
    "delete": (),
    "replace": ("value",),
    "move": ("source", "destination"),
}
_PERFORM: dict[str, Callable[[Operation, Spot], None]] = {
    "add": _add, "insert": _insert, "delete": _delete, "replace": _replace, "move": _move,
}  # fmt: skip
