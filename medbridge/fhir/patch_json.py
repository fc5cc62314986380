"""JSON Patch (RFC 6902) over a parsed resource: numbers keep the digits that they were sent with."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from medbridge.fhir.digits import Digits
from medbridge.fhir.outcome import FhirError, Issue, bad_request

# A patch changes a record; one of more operations replaces it, which PUT does better. With NODES it bounds the work.
OPERATIONS = 1000
# A few "copy" operations, each of all that is there, double a document until the memory is full.
NODES = 200_000

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_ESCAPE = re.compile(r"~(?![01])")
_MISSING: Any = object()

Pointer = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as read. `start` is `from`; `value` is unset where the operation has none."""

    name: str
    path: Pointer
    start: Pointer = ()
    value: Any = _MISSING


def read_operations(patch: Any) -> list[Operation]:
    """Raises FhirError(400) naming the operation that is not one of RFC 6902."""
    if not isinstance(patch, list):
        raise bad_request("A JSON Patch is an array of operations (RFC 6902).", code="structure")
    if len(patch) > OPERATIONS:
        raise bad_request(f"The patch has {len(patch)} operations; the limit is {OPERATIONS}.", code="too-costly")
    return [_operation(each, f"[{at}]") for at, each in enumerate(patch)]


def apply(operations: Sequence[Operation], document: dict[str, Any], *, depth: int) -> Any:
    """A patched copy; the argument is not changed. Raises FhirError(422) where an operation does not apply.

    depth: how many levels the result may have.
    """
    work = _Work([copied(document)], depth)
    for at, operation in enumerate(operations):
        try:
            _PERFORM[operation.name](work, operation)
        except _Inapplicable as error:
            raise FhirError(422, [Issue("processing", f"{operation.name}: {error}", f"[{at}].path")]) from None
    return work.root[0]


class _Inapplicable(Exception):
    """An operation meets a document that it was not written for."""


@dataclass
class _Work:
    """`root` holds the document, so that replacing the whole is replacing an element like any other."""

    root: list[Any]
    depth: int
    nodes: int = 0


def copied(value: Any) -> Any:
    """Containers anew, everything else (Digits too) shared."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    if type(value) is list:
        return [copied(item) for item in value]
    return value


def equal(a: Any, b: Any) -> bool:
    """RFC 6902 4.6: numbers by value, with all their digits; true is not 1."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(item, b[key]) for key, item in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if _is_number(a) and _is_number(b):
        return _exact(a) == _exact(b)
    return type(a) is type(b) and bool(a == b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exact(value: Any) -> Decimal:
    return Decimal(value.text if isinstance(value, Digits) else value)


def _operation(sent: Any, place: str) -> Operation:
    name = sent.get("op") if isinstance(sent, dict) else None
    if not isinstance(name, str) or name not in _PERFORM:
        raise bad_request(f"op must be one of {', '.join(_PERFORM)}.", f"{place}.op")
    start = _pointer(sent, "from", place) if name in ("move", "copy") else ()
    if name in ("add", "replace", "test") and "value" not in sent:
        raise bad_request(f"{name} needs a value.", f"{place}.value", "required")
    return Operation(name, _pointer(sent, "path", place), start, sent.get("value", _MISSING))


def _pointer(sent: dict[str, Any], name: str, place: str) -> Pointer:
    """RFC 6901: "" is the whole document; ~1 stands for / and ~0 for ~."""
    text = sent.get(name)
    if not isinstance(text, str) or (text and not text.startswith("/")) or _ESCAPE.search(text):
        raise bad_request(f"{name} must be a JSON Pointer such as /name/0/family.", f"{place}.{name}")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def _owner(work: _Work, path: Pointer) -> tuple[Any, str]:
    """The container of what the pointer names, and its key in there."""
    node: Any = work.root
    for step in ("0", *path)[:-1]:
        node = _child(node, step)
    return node, ("0", *path)[-1]


def _child(node: Any, step: str) -> Any:
    if isinstance(node, dict) and step in node:
        return node[step]
    if isinstance(node, list):
        return node[_place(node, step, len(node) - 1)]
    raise _Inapplicable(f"there is no “{step[:80]}”.")


def _place(node: list[Any], step: str, most: int) -> int:
    if not _INDEX.fullmatch(step) or int(step) > most:
        raise _Inapplicable(f"“{step[:80]}” is no index of a list of {len(node)}.")
    return int(step)


def _get(work: _Work, path: Pointer) -> Any:
    return _child(*_owner(work, path))


def _put(work: _Work, path: Pointer, value: Any) -> None:
    """What `add` does: a member is set, an element of a list is inserted."""
    _check_growth(work, value, len(path))
    node, step = _owner(work, path)
    if not path:
        node[0] = value
    elif isinstance(node, dict):
        node[step] = value
    elif isinstance(node, list):
        node.insert(len(node) if step == "-" else _place(node, step, len(node)), value)
    else:
        raise _Inapplicable(f"“{step[:80]}” would be inside a text or a number.")


def _take(work: _Work, path: Pointer) -> Any:
    if not path:
        raise _Inapplicable("the whole resource cannot be taken away; DELETE does that.")
    node, step = _owner(work, path)
    value = _child(node, step)
    del node[int(step) if isinstance(node, list) else step]
    return value


def _check_growth(work: _Work, value: Any, depth: int) -> None:
    stack = [(value, depth + 1)]
    while stack:
        node, level = stack.pop()
        work.nodes += 1
        if work.nodes > NODES or level > work.depth:
            raise _Inapplicable("the patched resource would be too large or too deep.")
        if type(node) in (dict, list):
            items = node.values() if type(node) is dict else node
            stack.extend((item, level + 1) for item in items)


def _replace(work: _Work, operation: Operation) -> None:
    _check_growth(work, operation.value, len(operation.path))
    node, step = _owner(work, operation.path)
    _child(node, step)
    node[int(step) if isinstance(node, list) else step] = copied(operation.value)


def _move(work: _Work, operation: Operation) -> None:
    if operation.path[: len(operation.start)] == operation.start != operation.path:
        raise _Inapplicable("what is moved cannot be moved into itself.")
    if operation.path == operation.start:
        _get(work, operation.path)
        return
    _put(work, operation.path, _take(work, operation.start))


def _copy(work: _Work, operation: Operation) -> None:
    value = _get(work, operation.start)
    _check_growth(work, value, len(operation.path))
    _put(work, operation.path, copied(value))


def _test(work: _Work, operation: Operation) -> None:
    if not equal(_get(work, operation.path), operation.value):
        raise _Inapplicable("the value there is another one.")


_PERFORM: dict[str, Callable[[_Work, Operation], Any]] = {
    "add": lambda work, operation: _put(work, operation.path, copied(operation.value)),
    "remove": lambda work, operation: _take(work, operation.path),
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
