"""Chains and `_has`: conditions on other rows (FHIR R4 search.html#chaining, #has)."""

from collections.abc import Callable

from medbridge.fhir.parameters import Parameter, stored
from medbridge.fhir.query import Chain, Condition, Has
from medbridge.fhir.search_limits import Asking, too_costly
from medbridge.fhir.search_reference import targets
from medbridge.fhir.search_text import either
from medbridge.fhir.structure import resource_types

# search_conditions.condition: asking, type, name, value, hops.
Ask = Callable[[Asking, str, str, str, int], Condition | None]


def chained(
    asking: Asking, type: str, parameter: Parameter, modifier: str, rest: str, value: str, hops: int, ask: Ask
) -> Condition | None:
    """`parameter.rest=value`, or `parameter:Type.rest=value`; without the type, of each that knows `rest`."""
    if parameter.kind != "reference" or (modifier and modifier not in targets(parameter)):
        return None
    check_depth(asking, hops)
    salts = tuple(own.salt for own in stored(type, parameter))
    # Conditions that do not depend on the type (`_id`) are asked once.
    wheres: dict[Condition, list[str]] = {}
    for target in (modifier,) if modifier else targets(parameter):
        where = ask(asking, target, rest, value, hops + 1) if _knows(asking, target, rest) else None
        if where is not None:
            wheres.setdefault(where, []).append(target)
    return either([Chain(salts, tuple(types), where) for where, types in wheres.items()]) if wheres else None


def _knows(asking: Asking, type: str, rest: str) -> bool:
    """Whether the type has the next parameter: of the 146 types that some references allow, most do not."""
    plain = rest.partition(".")[0].partition(":")[0]
    return plain[:1] == "_" or asking.knows(type, plain)


def has(asking: Asking, type: str, name: str, value: str, hops: int, ask: Ask) -> Condition | None:
    """`_has:Type:reference:rest=value`: a row of Type refers to this one, and `rest` holds for it."""
    check_depth(asking, hops)
    parts = name.split(":", 3)
    if len(parts) != 4 or parts[1] not in resource_types():
        return None
    other = parts[1]
    parameter = asking.parameter(other, parts[2])
    if parameter is None or parameter.kind != "reference" or type not in targets(parameter):
        return None
    where = ask(asking, other, parts[3], value, hops + 1)
    return Has(other, tuple(own.salt for own in stored(other, parameter)), where) if where is not None else None


def check_depth(asking: Asking, hops: int) -> None:
    """Raises FhirError 400 past `chain_depth`."""
    if hops >= asking.limits.chain_depth:
        raise too_costly(asking.name, f"follows more than {asking.limits.chain_depth} references")
