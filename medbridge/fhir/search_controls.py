"""Parameters that do not say which rows, but how many, how cut and in which order (FHIR R4 search.html#return)."""

from collections.abc import Callable
from typing import Any

from medbridge.fhir.search_limits import Asking, too_costly
from medbridge.fhir.search_sort import sort_key
from medbridge.fhir.spelling import alternatives, refused
from medbridge.fhir.structure import resource_types
from medbridge.fhir.subset import element_names

# Fields of Query to set, and the values that were not understood.
Change = tuple[dict[str, Any], tuple[str, ...]]

_SUMMARIES = ("false", "true", "text", "data", "count")
_TOTALS = ("none", "estimate", "accurate")


def _count(asking: Asking, type: str, value: str) -> Change:
    if not (value.isascii() and value.isdigit()):
        raise refused("_count", f"{value!r} is not a whole number from 0")
    # R4 search.html#count: _count=0 is the same as _summary=count. Ten digits exceed any page.
    wanted = min(int(value[:10]), asking.limits.count_max)
    return ({"count": wanted} if wanted else {"summary": "count"}), ()


def _summary(asking: Asking, type: str, value: str) -> Change:
    return ({"summary": value}, ()) if value in _SUMMARIES else ({}, (value,))


def _total(asking: Asking, type: str, value: str) -> Change:
    if value not in _TOTALS:
        raise refused("_total", f"{value!r} is none of {', '.join(_TOTALS)}")
    return {"total": value}, ()


def _sort(asking: Asking, type: str, value: str) -> Change:
    rules = alternatives(asking, "_sort", value)
    if len(rules) > asking.limits.sort_keys:
        raise too_costly("_sort", f"{len(rules)} keys; {asking.limits.sort_keys} are allowed")
    keys = {rule: sort_key(asking, type, rule) for rule in rules}
    left = tuple(rule for rule, found in keys.items() if found is None)
    # An order that lacks a key is another order: it is applied whole or not at all.
    return ({}, left) if left else ({"sort": tuple(keys.values())}, ())


def _elements(asking: Asking, type: str, value: str) -> Change:
    names = [
        name.strip().removeprefix(f"{type}.").removesuffix("[x]") for name in alternatives(asking, "_elements", value)
    ]
    known = element_names(type) if type in resource_types() else frozenset()
    kept = tuple(dict.fromkeys(name for name in names if name in known))
    return ({"elements": kept} if kept else {}), tuple(name for name in names if name not in known)


def _contained(asking: Asking, type: str, value: str) -> Change:
    return ({"contained": value}, ()) if value == "false" else ({}, (value,))


def _contained_type(asking: Asking, type: str, value: str) -> Change:
    # Without _contained=true there is nothing that could be told from its container.
    return ({"contained": "false"}, ()) if value in ("container", "contained") else ({}, (value,))


def _cursor(asking: Asking, type: str, value: str) -> Change:
    return {"cursor": value}, ()


CONTROLS: dict[str, Callable[[Asking, str, str], Change]] = {
    "_count": _count,
    "_summary": _summary,
    "_total": _total,
    "_sort": _sort,
    "_elements": _elements,
    "_contained": _contained,
    "_containedType": _contained_type,
    "_cursor": _cursor,
}
