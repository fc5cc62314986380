"""`_include` and `_revinclude` (FHIR R4 search.html#include)."""

from collections.abc import Mapping
from functools import cache, lru_cache

from medbridge.fhir.custom import Custom
from medbridge.fhir.parameters import TYPES_CACHED, Parameter, stored, supported
from medbridge.fhir.query import Include
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_reference import targets
from medbridge.fhir.structure import resource_types

# `:recurse` is what STU3, and clients written for it, call `:iterate`.
_MODIFIERS = {"": False, "iterate": True, "recurse": True}
NAMES = frozenset(f"{name}{m and ':'}{m}" for name in ("_include", "_revinclude") for m in _MODIFIERS)


def include(asking: Asking, type: str, name: str, value: str) -> tuple[Include, ...]:
    """Empty when the value names no reference. `type`: of the search.

    `Type:parameter`, `Type:parameter:Target`, `Type:*`, and `*`: every reference of (or to) the type searched.
    """
    plain, _, modifier = name.partition(":")
    reverse, iterate = plain == "_revinclude", _MODIFIERS[modifier]
    source, _, rest = value.partition(":")
    wanted, _, target = rest.partition(":")
    if source == "*":
        return () if rest else _every(asking, type) if reverse else _all_of(asking, type, (), reverse, iterate)
    if source not in resource_types() or not wanted or (target and target not in resource_types()):
        return ()
    if wanted == "*":
        only = (type,) if reverse and not target and not iterate else (target,) if target else ()
        return _all_of(asking, source, only, reverse, iterate)
    parameter = asking.parameter(source, wanted)
    if parameter is None or parameter.kind != "reference" or (target and target not in targets(parameter)):
        return ()
    return (_one(source, parameter, target, reverse, iterate),)


@cache
def includable() -> dict[str, tuple[str, ...]]:
    """Type -> the values of `_include` that a search of it can have; types without references are left out."""
    return _with_all({
        type: references(type, supported(type))
        for type in sorted(resource_types())
    })  # fmt: skip


@cache
def referring() -> dict[str, tuple[str, ...]]:
    """Type -> the values of `_revinclude` that a search of it can have; types that nothing refers to are left out."""
    found: dict[str, list[str]] = {}
    for source in sorted(resource_types()):
        for parameter in supported(source).values():
            for target in targets(parameter) if parameter.kind == "reference" else ():
                found.setdefault(target, []).append(f"{source}:{parameter.name}")
    return _with_all(found)


def referring_custom(type: str, custom: Custom) -> list[str]:
    """The values of `_revinclude` that custom parameters add to a search of the type."""
    return [
        f"{source}:{name}"
        for source in custom.types
        for name, parameter in custom.of(source).items()
        if parameter.kind == "reference" and type in targets(parameter)
    ]


def references(type: str, parameters: Mapping[str, Parameter]) -> list[str]:
    """`Type:name` of each reference."""
    return [f"{type}:{name}" for name, parameter in parameters.items() if parameter.kind == "reference"]


def _with_all(found: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {type: ("*", *values) for type, values in found.items() if values}


def _one(source: str, parameter: Parameter, target: str, reverse: bool, iterate: bool) -> Include:
    salts = tuple(own.salt for own in stored(source, parameter))
    # `patient` reads `subject`, where it is a Patient.
    narrowed = parameter.targets if parameter.expands else ()
    return Include(source, salts, (target,) if target else narrowed, reverse, iterate)


def _all_of(asking: Asking, source: str, only: tuple[str, ...], reverse: bool, iterate: bool) -> tuple[Include, ...]:
    """All references of one type in one Include."""
    salts = (*_salts(source, only), *_references(asking.custom.of(source), only))
    return (Include(source, salts, only, reverse, iterate),) if salts else ()


def _every(asking: Asking, type: str) -> tuple[Include, ...]:
    """Whatever refers to the type. Not `:iterate`: all that refers to all that refers to it is the whole store."""
    own = [salt for source in asking.custom.types for salt in _references(asking.custom.of(source), (type,))]
    return (Include("", (*_every_salt(type), *own), (type,), reverse=True),)


@lru_cache(maxsize=TYPES_CACHED)
def _every_salt(type: str) -> tuple[int, ...]:
    return tuple(salt for source in sorted(resource_types()) for salt in _salts(source, (type,)))


def _salts(source: str, only: tuple[str, ...]) -> tuple[int, ...]:
    return _references(supported(source), only)


def _references(parameters: Mapping[str, Parameter], only: tuple[str, ...]) -> tuple[int, ...]:
    """Of the references of a type; those that cannot have one of the types `only` left out."""
    return tuple(
        parameter.salt
        for parameter in parameters.values()
        if parameter.kind == "reference"
        and not parameter.expands
        and (not only or any(each in targets(parameter) for each in only))
    )
