"""Whether a parameter has a value at all: a bit of the row for R4's, a term for a custom one (docs/search.md)."""

from medbridge.fhir.parameters import Parameter
from medbridge.fhir.query import Condition, Not, Present, Terms


def valued(parameter: Parameter, *, present: bool = True) -> Condition | None:
    """None for composites, for which R4 has no `:missing`."""
    if parameter.marker:
        held = Terms((parameter.marker,))
        return held if present else Not(held)
    return Present(parameter.bit, present) if parameter.bit else None
