"""One parameter of a search as a condition: its name, its modifier, its kind (FHIR R4 search.html#ptypes)."""

from collections.abc import Callable

from medbridge.fhir.parameters import Parameter
from medbridge.fhir.query import All, Condition, Either, Listed
from medbridge.fhir.search_chain import chained, has
from medbridge.fhir.search_composite import composite
from medbridge.fhir.search_date import date
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_number import near, number, quantity
from medbridge.fhir.search_presence import valued
from medbridge.fhir.search_reference import reference
from medbridge.fhir.search_text import either, string, uri, words
from medbridge.fhir.search_token import token
from medbridge.fhir.spelling import IDENTIFIER, alternatives, refused
from medbridge.fhir.terms import salt

Kind = Callable[[Asking, str, Parameter, str, str], Condition | None]

# What no stored resource lacks.
_ALWAYS = frozenset(("_id", "_lastUpdated"))
_KINDS: dict[str, Kind] = {
    "token": token,
    "string": string,
    "uri": uri,
    "reference": reference,
    "date": date,
    "number": number,
    "quantity": quantity,
    "special": near,
}


def condition(asking: Asking, type: str, name: str, value: str, hops: int = 0) -> Condition | None:
    """What `name=value` asks of a row of the type; None when the name or its modifier is not understood.

    hops: how many references were followed to this row. Raises FhirError 400 for a malformed value or a limit passed.
    """
    asking.spend(conditions=1)
    if name.startswith("_has:"):
        return has(asking, type, name, value, hops, condition)
    head, dot, rest = name.partition(".")
    plain, _, modifier = head.partition(":")
    parameter = asking.parameter(type, plain)
    if parameter is None:
        special = _SPECIAL.get(name)
        return special(asking, value) if special else None
    if dot:
        return chained(asking, type, parameter, modifier, rest, value, hops, condition)
    if modifier == "missing":
        return missing(parameter, value)
    if parameter.kind == "composite":
        return None if modifier else composite(asking, type, parameter, value, condition)
    return _KINDS[parameter.kind](asking, type, parameter, modifier, value)


def missing(parameter: Parameter, value: str) -> Condition | None:
    """`:missing`; of composites R4 has none."""
    if value not in ("true", "false"):
        raise refused(f"{parameter.name}:missing", f"{value!r} is neither true nor false")
    if parameter.name in _ALWAYS:
        return All() if value == "false" else Either(())
    return valued(parameter, present=value == "false")


def _list(asking: Asking, value: str) -> Condition | None:
    lists = [v.removeprefix("List/") for v in alternatives(asking, "_list", value)]
    if any(each.startswith("$") for each in lists):
        # The functional lists of R4 (`$current-problems`) are somebody's judgement; nobody has made it here.
        return None
    if bad := next((each for each in lists if not IDENTIFIER.fullmatch(each)), None):
        raise refused("_list", f"{bad!r} is not the id of a List")
    return either([Listed(each, salt("List", "item")) for each in lists])


def _text(asking: Asking, value: str) -> Condition:
    return words(asking, "_text", value, whole=False)


def _content(asking: Asking, value: str) -> Condition:
    return words(asking, "_content", value, whole=True)


_SPECIAL: dict[str, Callable[[Asking, str], Condition | None]] = {"_list": _list, "_text": _text, "_content": _content}
