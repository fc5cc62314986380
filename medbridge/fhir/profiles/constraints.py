"""Invariants of a profile, in FHIRPath, evaluated by fhirpathpy.

R4's own invariants are compiled by hand (medbridge.fhir.invariants) because every write pays for them; a profile's are
few, and cost some 50 microseconds each. An expression that cannot be evaluated is said to be unchecked: it is the
library's limit, not the sender's fault.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from medbridge.fhir import fhirpath
from medbridge.fhir.fhirpath import Compiled, NotEvaluable, typed
from medbridge.fhir.profiles.codings import codings
from medbridge.fhir.profiles.origin import ItemCheck, Origin
from medbridge.fhir.profiles.scope import Item, Scope
from medbridge.fhir.profiles.table import Constraint

# fhirpathpy hands its functions no context of ours.
_scope: ContextVar[tuple[Scope, str]] = ContextVar("_scope")


def constraint_check(constraint: Constraint, origin: Origin) -> ItemCheck | None:
    """None, with a gap noted, when the expression cannot be compiled."""
    try:
        compiled = compile_expression(constraint["expression"])
    except NotEvaluable as error:
        origin.gaps.append(f"{constraint['key']}: {error}")
        return None
    text = f"{constraint['human'].rstrip('. ')} ({constraint['key']}, {origin.name})."
    strict = constraint["severity"] == "error"

    def check(item: Item, scope: Scope) -> None:
        if item.value is None:
            return
        try:
            holds = _holds(compiled, item, scope, origin)
        except NotEvaluable:
            scope.skip(f"the constraint {constraint['key']} of {origin.name}", item.place)
            return
        if not holds:
            (scope.error if strict else scope.warn)("invariant", text, item.place)

    return check


def _holds(compiled: Compiled, item: Item, scope: Scope, origin: Origin) -> bool:
    """FHIRPath's singleton evaluation: one true, or one value that is no boolean; nothing at all is false."""
    token = _scope.set((scope, origin.package))
    try:
        found = compiled(_node(item), {"resource": scope.resource, "rootResource": scope.resource})
    except Exception as error:  # whatever the library raises, on whatever value a sender thought of
        raise NotEvaluable(str(error)) from error
    finally:
        _scope.reset(token)
    if len(found) > 1:
        raise NotEvaluable("more than one value")
    return bool(found) and found[0] is not False


@lru_cache(maxsize=2048)
def compile_expression(expression: str) -> Compiled:
    """Raises NotEvaluable for what is no FHIRPath."""
    return fhirpath.compile_expression(expression, _FUNCTIONS)


def _node(item: Item) -> Any:
    return typed(item.value, item.type, item.shadow)


def _resolve(inputs: list[Any]) -> list[Any]:
    scope, _ = _scope.get()
    found = [scope.resolve({"reference": one} if isinstance(one, str) else one) for one in inputs]
    if any(target is None for target in found):
        raise NotEvaluable("a reference leads outside what was sent")
    return [typed(target, (target or {}).get("resourceType")) for target in found]


def _member_of(inputs: list[Any], name: str) -> list[bool]:
    scope, package = _scope.get()
    codes = scope.library.codes(name, package)
    answers = {codes.holds(system, code) if codes else None for value in inputs for system, code in codings(value)}
    if True not in answers and None in answers:
        raise NotEvaluable(f"the codes of {name}")
    return [True in answers] if inputs else []


def _conforms_to(inputs: list[Any], name: str) -> list[bool]:
    scope, package = _scope.get()
    answers = [scope.library.conforms(value, name, package, scope) for value in inputs]
    if None in answers:
        raise NotEvaluable(f"the profile {name} is not loaded")
    return [all(answers)] if inputs else []


_FUNCTIONS = {
    "resolve": {"fn": _resolve, "arity": {0: []}},
    "memberOf": {"fn": _member_of, "arity": {1: ["String"]}},
    "conformsTo": {"fn": _conforms_to, "arity": {1: ["String"]}},
}
