"""Required bindings (R4 4.1.0.1): the code must come from the value set, whatever the type that carries it."""

from __future__ import annotations

from typing import Any

from medbridge.fhir.faults import Check, Fault, quote
from medbridge.fhir.structure import codes

SHOWN = 12


def code_set(value_set: str) -> frozenset[str] | None:
    """The codes that an element of type `code` bound to this value set may hold; None when no list can tell."""
    systems = codes(value_set)
    return frozenset(code for listed in systems.values() for code in listed) if systems else None


def check_code(value_set: str, allowed: frozenset[str], body: Check) -> Check:
    """A `code` outside `allowed` is refused, naming codes that would do."""
    shown = ", ".join(sorted(allowed)[:SHOWN]) + (", ..." if len(allowed) > SHOWN else "")
    name = value_set.rpartition("/")[2]

    def check(value: Any) -> list[Fault] | None:
        if found := body(value):
            return found
        if value in allowed:
            return None
        return [Fault("", "code-invalid", f"{quote(value)} is not a code of {name}; use one of: {shown}.")]

    return check


def check_concept(value_set: str, body: Check) -> Check:
    """A CodeableConcept or Coding: one coding must be of the value set. Text alone does not meet a required binding;
    an extension in place of the coding (why it is absent) does."""
    systems = codes(value_set) or {}
    allowed = frozenset((system, code) for system, listed in systems.items() for code in listed)
    shown = ", ".join(f"{system}|{code}" for system, code in sorted(allowed)[:SHOWN])

    def check(value: Any) -> list[Fault] | None:
        if found := body(value):
            return found
        codings = value.get("coding", ()) if "system" not in value else (value,)
        if any((coding.get("system"), coding.get("code")) in allowed for coding in codings):
            return None
        if not codings and "extension" in value:
            return None
        return [Fault("", "code-invalid", f"needs a coding of the required value set; one of: {shown}.")]

    return check if allowed else body
