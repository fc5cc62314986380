"""Composites whose parts must stand in one repeating element (R4 search.html#composite): component, useContext ..."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Any

from medbridge.fhir import extract_values
from medbridge.fhir.extract_found import Found, Number
from medbridge.fhir.extract_references import located
from medbridge.fhir.extract_tokens import halves, spellings
from medbridge.fhir.parameters import TYPES_CACHED, Component, Parameter, supported
from medbridge.fhir.terms import fresh_digest

# Of one element: a code in four code systems with a value in four is 144. Beyond, the first ones count;
# without an end, a few kilobytes of codes would become megabytes of terms.
PAIRS = 256

_READERS = {
    "Quantity": extract_values.quantity,
    "Range": extract_values.span,
    "integer": extract_values.number,
    "decimal": extract_values.number,
}


@lru_cache(maxsize=TYPES_CACHED)
def _parameter(type: str, name: str) -> Parameter:
    return supported(type)[name]


def composite(element: Any, found: Found, resource: dict[str, Any], type: str, name: str) -> None:
    """`element`: one of those at the parameter's root. Nothing is stored unless every part has a value."""
    if not isinstance(element, dict):
        return
    parameter = _parameter(type, name)
    told = [[*_told(element, resource, part)] for part in parameter.components if not part.salt]
    pairs = [parameter.salt ^ fresh_digest("$".join(texts)) for texts in islice(product(*told), PAIRS)]
    values = [part for part in parameter.components if part.salt]
    if not values:
        found.terms += pairs
        return
    measured = [_measured(element, part) for part in values]
    if all(measured):
        found.numbers += [n._replace(pair=pair) for numbers in measured for n in numbers for pair in pairs]


def _measured(element: dict[str, Any], part: Component) -> list[Number]:
    found = Found()
    for path in part.paths:
        steps, _, leaf = path.partition(":")
        for value in _at(element, steps):
            _READERS[leaf](value, found, part.salt)
    return found.numbers


def _told(element: dict[str, Any], resource: dict[str, Any], part: Component) -> Iterator[str]:
    """The spellings of a token or reference."""
    for path in part.paths:
        steps, _, leaf = path.partition(":")
        for value in _at(resource if steps[0] == "%" else element, steps.removeprefix("%")):
            yield from _spelled(value, leaf)


def _at(node: Any, steps: str) -> Iterator[Any]:
    name, _, rest = steps.partition(".")
    value = node.get(name) if type(node) is dict else None
    for item in value if type(value) is list else (value,):
        if rest:
            yield from _at(item, rest)
        elif item is not None:
            yield item


def _spelled(value: Any, leaf: str) -> Iterator[str]:
    if leaf == "CodeableConcept":
        for item in _at(value, "coding"):
            yield from _spelled(item, "Coding")
    elif type(value) is bool:
        yield "true" if value else "false"
    elif type(value) is str:
        yield value
    elif type(value) is dict and leaf == "Coding":
        yield from spellings(*halves(value))
    elif type(value) is dict and (target := located(value.get("reference"))):
        yield f"{target.type}/{target.id}" if target.id else str(value["reference"])
