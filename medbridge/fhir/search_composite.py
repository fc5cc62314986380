"""Composite parameters: several values that belong together, `a$b` (FHIR R4 search.html#composite)."""

from collections.abc import Callable
from itertools import product

from medbridge.fhir.parameters import Component, Parameter, stored, supported
from medbridge.fhir.query import All, Condition, Dates, Measure, Numbers, Terms
from medbridge.fhir.search_date import dated
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_number import measured, ranged
from medbridge.fhir.search_reference import referred
from medbridge.fhir.search_text import either
from medbridge.fhir.search_token import implied
from medbridge.fhir.spelling import alternatives, coded, refused, split
from medbridge.fhir.terms import digest

Ask = Callable[[Asking, str, str, str], Condition | None]


def composite(asking: Asking, type: str, parameter: Parameter, value: str, ask: Ask) -> Condition | None:
    """`ask` understands the part of a composite that is a parameter of its own (search_conditions.condition)."""
    found: list[Condition] = []
    for v in alternatives(asking, parameter.name, value):
        for own in stored(type, parameter):
            parts = split(v, "$")
            if len(parts) != len(own.components) or not all(parts):
                names = "$".join(each.parameter for each in own.components)
                raise refused(parameter.name, rf"{v!r} is not {names}; write \$ for a dollar inside a value")
            one = _together(asking, type, own, parts) if own.root else _all(asking, type, own, parts, ask)
            if one is None:
                return None
            found.append(one)
    return either(found)


def _all(asking: Asking, type: str, own: Parameter, parts: list[str], ask: Ask) -> Condition | None:
    """At the root of the resource both halves are conditions of their own."""
    conditions = [ask(asking, type, c.parameter, part) for c, part in zip(own.components, parts, strict=True)]
    held = tuple(each for each in conditions if each is not None)
    return All(held) if len(held) == len(conditions) else None


def _together(asking: Asking, type: str, own: Parameter, parts: list[str]) -> Condition:
    """Inside one repetition of the element: one term, or a row of a value table that names the token beside it."""
    halves = list(zip(own.components, parts, strict=True))
    spelled = [_spelled(asking, type, own, component, part) for component, part in halves if not component.salt]
    terms = tuple(own.salt ^ digest("$".join(each)) for each in product(*spelled))
    asking.spend(conditions=1, terms=len(terms))
    beside = tuple(_beside(own, component, part, terms) for component, part in halves if component.salt)
    if not beside:
        return Terms(terms)
    return beside[0] if len(beside) == 1 else All(beside)


def _beside(own: Parameter, component: Component, part: str, terms: tuple[int, ...]) -> Dates | Numbers:
    if component.kind == "date":
        return Dates(component.salt, (dated(own.name, part),), terms)
    measure = measured(own.name, part) if component.kind == "quantity" else Measure(*ranged(own.name, part))
    return Numbers(component.salt, (measure,), terms)


def _spelled(asking: Asking, type: str, own: Parameter, component: Component, part: str) -> list[str]:
    parameter = supported(type)[component.parameter]
    if component.kind == "reference":
        found = referred(asking, parameter, "", part)
        return [each if isinstance(each, str) else "/".join(each) for each in found]
    return [implied(parameter, coded(own.name, part))]
