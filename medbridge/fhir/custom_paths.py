"""The expression of a custom search parameter as the paths of our tables, as far as it is one (parameters.Parameter).

Most are: `Patient.extension('url').value`, `Observation.component.code`, `(Condition.onset as Age)`. Such a path is
read by generated code in microseconds, and PostgreSQL can sort by it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parameters import Kind
from medbridge.fhir.structure import Element, codes, elements, is_complex, resource_types

# FHIR types that the index can read for a kind of parameter (R4 search.html#table).
READABLE: dict[Kind, tuple[str, ...]] = {
    "token": ("code", "Coding", "CodeableConcept", "Identifier", "ContactPoint", "boolean", "string", "uri", "id"),
    "reference": ("Reference", "canonical", "uri"),
    "string": ("string", "markdown", "HumanName", "Address"),
    "date": ("date", "dateTime", "instant", "Period", "Timing"),
    "uri": ("uri", "url", "canonical", "oid", "uuid"),
    "number": ("decimal", "integer", "positiveInt", "unsignedInt", "Range"),
    "quantity": ("Quantity", "Age", "Duration", "Distance", "Count", "Money", "Range", "SampledData"),
}
SPECIAL_VALUES = "http://terminology.hl7.org/CodeSystem/special-values"
# A profile of Quantity that the definitions of elements name as if it were a type.
_SIMPLE = {"SimpleQuantity": "Quantity", "MoneyQuantity": "Quantity"}
_ANY = ("Resource", "DomainResource")
_STEP = re.compile(
    r"""\.?extension\(\s*'(?P<url>[^'"\\\s]+)'\s*\)
    |\.where\(\s*(?P<key>\w+)\s*=\s*'(?P<value>[^'"\\]+)'\s*\)
    |\.where\(\s*resolve\(\)\s+is\s+(?P<target>\w+)\s*\)
    |\.(?:as|ofType)\(\s*(?P<cast>\w+)\s*\)
    |\.?(?P<name>[A-Za-z]\w*)(?!\w*\()""",
    re.VERBOSE,
)
_WORD = re.compile(r"[\w-]+")


class Paths(NamedTuple):
    """`paths`, `systems`, `targets`: as in parameters.Parameter."""

    paths: tuple[str, ...]
    systems: tuple[str, ...]
    targets: tuple[str, ...]


class NoPath(Exception):
    """The expression is more than a path; fhir.custom_expression evaluates it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a path has come to: elements of `choices` (one, unless it is a choice of types) below `steps`."""

    type: str
    steps: tuple[str, ...] = ()
    choices: tuple[tuple[str, Element], ...] = ()
    target: str = ""


def paths(type: str, kind: Kind, expression: str) -> Paths:
    """What of the expression belongs to resources of the type.

    Raises NoPath; FhirError 422 for an element that does not exist or that the kind cannot be made of.
    """
    ends = [_read(type, text) for text in _alternatives(type, expression)]
    if not ends:
        raise _refused(f"It reads nothing of {type}, which base names.")
    found, implied, targets = dict[str, None](), list[set[str]](), set[str]()
    for end in ends:
        fit = [(name, one) for name, one in end.choices if one.type in READABLE[kind]]
        if not fit:
            raise _unfit(kind, end)
        for name, one in fit:
            leaf = f"{one.type}({end.target})" if end.target else one.type
            found[".".join([*end.steps[:-1], name + end.steps[-1].removeprefix("*")]) + ":" + leaf] = None
            implied.append(_systems(one))
            targets |= {end.target} if end.target else {*one.targets} or {""}
    # Beside a Coding, which names its system, none is implied.
    systems = set[str]().union(*implied) if all(implied) else set[str]()
    return Paths(tuple(found), tuple(sorted(systems)), () if "" in targets else tuple(sorted(targets)))


def _alternatives(type: str, expression: str) -> Iterator[str]:
    """Of a union, what is said of this type. Quotes hold no bar here: a url with one is read as an expression."""
    for text in expression.split("|"):
        text = text.strip()
        if text.startswith("(") and text.endswith(")"):
            text = text[1:-1].strip()
        place, cast, type_name = text.rpartition(" as ")
        if cast:
            text = f"{place.strip()}.as({type_name.strip()})"
        first, _, rest = text.partition(".")
        if first in _ANY or first == type:
            yield rest
        elif first not in resource_types():
            yield text


def _read(type: str, text: str) -> _Place:
    place, at = _Place(type), 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise NoPath(text)
        place = _followed(place, found)
        at = found.end()
    if not place.steps:
        raise NoPath(text)
    return place


def _followed(place: _Place, found: re.Match[str]) -> _Place:
    if url := found["url"]:
        return _filtered(_named(place, "extension"), "url", url)
    if found["key"]:
        return _filtered(place, found["key"], found["value"])
    if found["target"]:
        return replace(place, target=found["target"])
    if cast := found["cast"]:
        cast = _SIMPLE.get(cast, cast)
        return replace(place, choices=tuple((name, one) for name, one in place.choices if one.type == cast))
    return _named(place, found["name"])


def _named(place: _Place, name: str) -> _Place:
    """`*` keeps the place of the name in the last step until it is known which of a choice is meant."""
    steps = place.steps
    if steps:
        if len(place.choices) != 1 or not is_complex(place.choices[0][1].type):
            # The type of `value` is not told, or it is a primitive, whose extensions are members of another element.
            raise NoPath(name)
        steps = (*steps[:-1], place.choices[0][0] + steps[-1].removeprefix("*"))
    inside = place.choices[0][1].type if steps else place.type
    known = elements(inside)
    choices = [
        (key, replace(one, type=_SIMPLE.get(one.type, one.type)))
        for key, one in known.items()
        if key == name or one.choice == name
    ]
    if not choices:
        raise _refused(f"{inside} has no element “{name}”. Name an element of R4, or an extension by its url.")
    return _Place(place.type, (*steps, "*"), tuple(choices), "")


def _filtered(place: _Place, key: str, value: str) -> _Place:
    if not place.steps or place.steps[-1] != "*":
        raise NoPath(value)
    written = value if _WORD.fullmatch(value) else f'"{value}"'
    return replace(place, steps=(*place.steps[:-1], f"*[{key}={written}]"))


def _systems(element: Element) -> set[str]:
    """Code systems that a `code` or boolean element implies."""
    if element.type == "boolean":
        return {SPECIAL_VALUES}
    return {*(codes(element.codes) or ())} if element.type == "code" and element.codes else set()


def _unfit(kind: Kind, end: _Place) -> FhirError:
    types = ", ".join(sorted({one.type for _, one in end.choices})) or "no element of the type that it is cast to"
    return _refused(f"It leads to {types[:200]}; a {kind} parameter reads {', '.join(READABLE[kind])}.")


def _refused(why: str) -> FhirError:
    return FhirError(422, [Issue("business-rule", why, "SearchParameter.expression")])
