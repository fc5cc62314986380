"""`_filter` as a condition: operators onto what the index has (FHIR R4 search_filter.html#ops)."""

import re
from collections.abc import Callable

from medbridge.fhir.dates import interval
from medbridge.fhir.parameters import Parameter, stored
from medbridge.fhir.query import All, Chain, Condition, Either, Match, Not
from medbridge.fhir.search_chain import check_depth
from medbridge.fhir.search_conditions import condition, missing
from medbridge.fhir.search_date import compared, dated
from medbridge.fhir.search_filter_grammar import AnyOf, Both, Comparison, Negation, Node, Step, parse_filter
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_presence import valued
from medbridge.fhir.search_reference import targets
from medbridge.fhir.search_text import either, matching
from medbridge.fhir.spelling import folded, refused

_ORDERED = frozenset(("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"))
_MATCHES: dict[str, Match] = {"eq": "exact", "co": "contains", "sw": "starts", "ew": "ends"}
# ss: the value subsumes the one given (it is above); sb: it is subsumed by it.
_MODIFIERS = {
    "token": {"eq": "", "in": ":in", "ss": ":above", "sb": ":below"},
    "uri": {"eq": "", "ss": ":above", "sb": ":below"},
    "reference": {"eq": "", "re": "", "sb": ":below"},
    "composite": {"eq": ""},
    "special": {"eq": ""},
}
# In a filter a comma is a comma.
_PLAIN = re.compile(r"[\\,]")


def filtered(asking: Asking, type: str, text: str) -> Condition:
    """Raises FhirError 400: of a filter nothing can be left out without changing what it says."""
    found = _meaning(asking, type, parse_filter(text, depth=asking.limits.filter_depth), 0)
    if found is None:
        raise refused("_filter", f"a parameter or operator is not supported for {type}")
    return found


def _meaning(asking: Asking, type: str, node: Node, hops: int) -> Condition | None:
    """None where the type has not the parameter: one of several types that a reference may have will."""
    match node:
        case Comparison(steps=()):
            return _compare(asking, type, node)
        case Comparison(steps=(step, *rest)):
            return _follow(asking, type, step, Comparison(tuple(rest), node.name, node.operator, node.value), hops)
        case Negation(of):
            inner = _meaning(asking, type, of, hops)
            return Not(inner) if inner is not None else None
        case Both(of) | AnyOf(of):
            found = [_meaning(asking, type, each, hops) for each in of]
            held = tuple(each for each in found if each is not None)
            if len(held) < len(found):
                return None
            return All(held) if isinstance(node, Both) else Either(held)
    return None


def _follow(asking: Asking, type: str, step: Step, rest: Comparison, hops: int) -> Condition | None:
    parameter = asking.parameter(type, step.name)
    if parameter is None or parameter.kind != "reference" or (step.type and step.type not in targets(parameter)):
        return None
    check_depth(asking, hops)
    salts = tuple(own.salt for own in stored(type, parameter))
    found: list[Condition] = []
    for target in (step.type,) if step.type else targets(parameter):
        asked = [_meaning(asking, target, each, hops + 1) for each in (step.where, rest) if each is not None]
        held = tuple(each for each in asked if each is not None)
        if len(held) == len(asked):
            found.append(Chain(salts, (target,), held[0] if len(held) == 1 else All(held)))
    return either(found) if found else None


def _compare(asking: Asking, type: str, node: Comparison) -> Condition | None:
    parameter = asking.parameter(type, node.name)
    if parameter is None:
        return None
    asking.spend(conditions=1, terms=1)
    if node.operator == "pr":
        return missing(parameter, {"true": "false", "false": "true"}.get(node.value, node.value))
    meaning = _KINDS.get(parameter.kind, _by_modifier)
    found = meaning(asking, type, parameter, node.operator, node.value)
    if found is None and node.operator == "ne":
        same = meaning(asking, type, parameter, "eq", node.value)
        return _other(parameter, same) if same is not None else None
    if found is None:
        raise refused("_filter", f"{parameter.name} is of kind {parameter.kind}, which has no {node.operator}")
    return found


def _other(parameter: Parameter, same: Condition) -> Condition:
    """`ne`: there is a value, and none is the one given."""
    held = valued(parameter)
    return All((held, Not(same))) if held else Not(same)


def _by_modifier(asking: Asking, type: str, parameter: Parameter, operator: str, value: str) -> Condition | None:
    modifier = _MODIFIERS[parameter.kind].get(operator)
    if modifier is None:
        return None
    return condition(asking, type, parameter.name + modifier, _PLAIN.sub(r"\\\g<0>", value))


def _string(asking: Asking, type: str, parameter: Parameter, operator: str, value: str) -> Condition | None:
    how = _MATCHES.get(operator)
    if how is None:
        return None
    return matching(type, parameter, (folded(parameter.name, _PLAIN.sub(r"\\\g<0>", value)),), how)


def _date(asking: Asking, type: str, parameter: Parameter, operator: str, value: str) -> Condition | None:
    if operator == "po":
        try:
            # Overlap is what `ap` asks of an interval that has already been widened.
            return compared(type, parameter, (("ap", *interval(value)),))
        except ValueError:
            raise refused("_filter", f"{value!r} is not a date") from None
    return compared(type, parameter, (dated(parameter.name, operator + value),)) if operator in _ORDERED else None


def _number(asking: Asking, type: str, parameter: Parameter, operator: str, value: str) -> Condition | None:
    if operator not in _ORDERED:
        return None
    return condition(asking, type, parameter.name, operator + _PLAIN.sub(r"\\\g<0>", value))


_KINDS: dict[str, Callable[[Asking, str, Parameter, str, str], Condition | None]] = {
    "string": _string,
    "date": _date,
    "number": _number,
    "quantity": _number,
}
