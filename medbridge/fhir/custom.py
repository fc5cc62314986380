"""Search parameters beyond R4's: stored SearchParameter resources that are in use (docs/search.md).

A `Custom` is all of them at one moment. It is handed to `index` and to `parse_query`, which are the same without it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from medbridge.fhir.custom_expression import RESOURCE_LIMIT, evaluate, expression
from medbridge.fhir.custom_paths import NoPath, Paths, paths
from medbridge.fhir.extract import Extractor, compiled
from medbridge.fhir.extract_found import Found
from medbridge.fhir.fhirpath import Compiled, NotEvaluable
from medbridge.fhir.parameters import Kind, Parameter
from medbridge.fhir.terms import salt, term

_NOTHING: Mapping[str, Parameter] = {}


@dataclass(frozen=True, slots=True)
class Definition:
    """What of a SearchParameter the index and the search need. `targets`: types of a reference; none: any."""

    url: str
    code: str
    kind: str
    bases: tuple[str, ...]
    expression: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read of the resources of one type. `paths`: its generated code, and the marker of each of its bits."""

    parameters: dict[str, Parameter]
    extract: Extractor
    markers: tuple[tuple[int, int], ...]
    evaluated: tuple[tuple[Parameter, Compiled], ...]


class Custom:
    """The custom parameters that are in use; immutable."""

    def __init__(self, definitions: Iterable[Definition] = ()) -> None:
        """Raises FhirError 422 for an expression that cannot be compiled."""
        by_type: dict[str, list[tuple[Parameter, Compiled | None]]] = {}
        for definition in definitions:
            for type in definition.bases:
                by_type.setdefault(type, []).append(_parameter(type, definition))
        self._readings = {type: _reading(type, found) for type, found in sorted(by_type.items())}

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(self._readings)

    def of(self, type: str) -> Mapping[str, Parameter]:
        """Custom parameters of the type by name."""
        reading = self._readings.get(type)
        return reading.parameters if reading else _NOTHING

    def extract(self, type: str, resource: dict[str, Any], found: Found, *, size: int) -> None:
        """Add what the parameters read. An expression that fails leaves a term (`failed`) and nothing else.

        size: bytes of the resource; 0 where it is not known.
        """
        reading = self._readings[type]
        present = reading.extract(resource, found)
        found.terms += [marker for bit, marker in reading.markers if present & bit]
        for parameter, evaluated in reading.evaluated:
            try:
                if size > RESOURCE_LIMIT:
                    raise NotEvaluable(f"more than {RESOURCE_LIMIT} bytes")
                if evaluate(evaluated, type, parameter, resource, found):
                    found.terms.append(parameter.marker)
            except NotEvaluable:
                found.terms.append(failed(type, parameter.name))


NONE = Custom()


def failed(type: str, name: str) -> int:
    """The term of a resource on which the parameter's expression could not be evaluated."""
    return term(salt(type, f"{name}:failed"), "true")


def _parameter(type: str, definition: Definition) -> tuple[Parameter, Compiled | None]:
    kind = cast(Kind, definition.kind)
    made: Compiled | None = None
    try:
        found = paths(type, kind, definition.expression)
    except NoPath:
        found, made = Paths((), (), ()), expression(definition.expression)
    marker = term(salt(type, f"{definition.code}:missing"), "false")
    return Parameter(
        definition.code, kind, definition.url, found.paths, found.systems, 0, salt(type, definition.code),
        definition.targets or found.targets, marker=marker,
    ), made  # fmt: skip


def _reading(type: str, found: list[tuple[Parameter, Compiled | None]]) -> _Reading:
    # Their bits are the generated function's own; in the row there is no room for them.
    plain = [replace(parameter, bit=1 << at) for at, (parameter, made) in enumerate(found) if made is None]
    return _Reading(
        {parameter.name: parameter for parameter, _ in sorted(found, key=lambda each: each[0].name)},
        compiled(type, plain),
        tuple((parameter.bit, parameter.marker) for parameter in plain),
        tuple((parameter, made) for parameter, made in found if made is not None),
    )
