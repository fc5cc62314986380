"""Required bindings (R4 4.1.0.1): the code must come from the value set, whatever the type that carries it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from medbridge.fhir.faults import Check, Fault, quote
from medbridge.fhir.structure import codes

SHOWN = 12
# ISO 4217 changes more often than FHIR, so HL7 lists no currencies; their form can be told all the same.
_FORMS = {"http://hl7.org/fhir/ValueSet/currencies": (re.compile("[A-Z]{3}").fullmatch, "three capitals such as CHF")}


def code_test(value_set: str) -> Callable[[str], object] | None:
    """Truthy for what an element of type `code` bound to this value set may hold; None when nothing can tell."""
    if systems := codes(value_set):
        return frozenset(code for listed in systems.values() for code in listed).__contains__
    return _FORMS[value_set][0] if value_set in _FORMS else None


def concept_test(value_set: str, body: Callable[[Any], object]) -> Callable[[Any], object]:
    """Whether a CodeableConcept or Coding is right and has a coding of the value set."""
    allowed = _pairs(value_set)

    def test(value: Any) -> object:
        codings = value.get("coding", ()) if "system" not in value else (value,)
        return body(value) and any((coding.get("system"), coding.get("code")) in allowed for coding in codings)

    return test if allowed else body


def _pairs(value_set: str) -> frozenset[tuple[str, str]]:
    return frozenset((system, code) for system, listed in (codes(value_set) or {}).items() for code in listed)


def check_code(value_set: str, test: Callable[[str], object], body: Check) -> Check:
    """A `code` that the test does not pass is refused, naming codes that would do."""
    name = value_set.rpartition("/")[2]
    shown = _FORMS[value_set][1] if value_set in _FORMS else _shown(codes(value_set) or {})

    def check(value: Any) -> list[Fault] | None:
        if found := body(value):
            return found
        if test(value):
            return None
        return [Fault("", "code-invalid", f"{quote(value)} is not a code of {name}; use one of: {shown}.")]

    return check


def _shown(systems: dict[str, list[str]]) -> str:
    listed = sorted({code for of in systems.values() for code in of})
    return ", ".join(listed[:SHOWN]) + (", ..." if len(listed) > SHOWN else "")


def check_concept(value_set: str, body: Check) -> Check:
    """A CodeableConcept or Coding: one coding must be of the value set. Text alone does not meet a required binding;
    an extension in place of the coding (why it is absent) does."""
    allowed = _pairs(value_set)
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
