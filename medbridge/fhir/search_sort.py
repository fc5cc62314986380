"""`_sort` (FHIR R4 search.html#sort)."""

from functools import lru_cache
from typing import Literal

from medbridge.fhir.parameters import Parameter, stored, supported
from medbridge.fhir.query import Sort
from medbridge.fhir.search_date import place
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_text import PHONETIC

# Some 200 bytes each; as many as there are parameters of the types in use.
_KEYS_CACHED = 2048
_OWN: dict[str, Literal["id", "updated"]] = {"_id": "id", "_lastUpdated": "updated"}


def sort_key(asking: Asking, type: str, rule: str) -> Sort | None:
    """One key, `name` or `-name`; None for what the type cannot be sorted by."""
    name, descending = rule.removeprefix("-"), rule.startswith("-")
    if name in _OWN:
        return Sort(_OWN[name], descending)
    if name in supported(type):
        return _by_standard(type, name, descending)
    parameter = asking.parameter(type, name)
    return _by(type, parameter, descending) if parameter else None


@lru_cache(maxsize=_KEYS_CACHED)
def _by_standard(type: str, name: str, descending: bool) -> Sort | None:
    return _by(type, supported(type)[name], descending)


def _by(type: str, parameter: Parameter, descending: bool) -> Sort | None:
    match parameter.kind:
        case "token" | "reference" | "uri" as kind:
            # A custom expression that is no plain path (fhir.custom) cannot be read by PostgreSQL.
            return Sort(kind, descending, paths=parameter.paths) if parameter.paths else None
        case "composite" | "special":
            return None
    own = stored(type, parameter)
    if len(own) > 1 or parameter.name == PHONETIC:
        # `combo-value-quantity`: the smallest of two parameters is in no one place; a sound is no order.
        return None
    if parameter.kind == "date":
        salt = place(type, own[0])
        return Sort("clinical", descending) if salt is None else Sort("date", descending, salt)
    return Sort("string" if parameter.kind == "string" else "number", descending, own[0].salt)
