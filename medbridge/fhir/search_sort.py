"""`_sort` (FHIR R4 search.html#sort)."""

from typing import Literal

from medbridge.fhir.parameters import Parameter, stored, supported
from medbridge.fhir.query import Sort
from medbridge.fhir.search_date import place
from medbridge.fhir.search_text import PHONETIC

_OWN: dict[str, Literal["id", "updated"]] = {"_id": "id", "_lastUpdated": "updated"}


def sort_key(type: str, rule: str) -> Sort | None:
    """One key, `name` or `-name`; None for what the type cannot be sorted by."""
    name, descending = rule.removeprefix("-"), rule.startswith("-")
    if name in _OWN:
        return Sort(_OWN[name], descending)
    parameter = supported(type).get(name)
    return _by(type, parameter, descending) if parameter else None


def _by(type: str, parameter: Parameter, descending: bool) -> Sort | None:
    match parameter.kind:
        case "token" | "reference" | "uri" as kind:
            return Sort(kind, descending, paths=parameter.paths)
        case "composite" | "special":
            return None
    own = stored(type, parameter.name)
    if len(own) > 1 or parameter.name == PHONETIC:
        # `combo-value-quantity`: the smallest of two parameters is in no one place; a sound is no order.
        return None
    if parameter.kind == "date":
        salt = place(type, own[0])
        return Sort("clinical", descending) if salt is None else Sort("date", descending, salt)
    return Sort("string" if parameter.kind == "string" else "number", descending, own[0].salt)
