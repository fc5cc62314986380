"""Bindings of a profile (R4 terminologies.html#strength): required ones are errors, extensible ones warnings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from medbridge.fhir.faults import quote
from medbridge.fhir.profiles.origin import ItemCheck, Origin
from medbridge.fhir.profiles.scope import Item, Scope
from medbridge.fhir.profiles.table import Binding
from medbridge.fhir.profiles.value_sets import Codes

SHOWN = 12
_QUANTITIES = ("Quantity", "SimpleQuantity", "Age", "Count", "Distance", "Duration", "MoneyQuantity")


def binding_check(binding: Binding, origin: Origin) -> ItemCheck:
    """What of the value set no package can list is noted as unchecked, never refused."""
    strict = binding["strength"] == "required"

    def check(item: Item, scope: Scope) -> None:
        if item.value is None or _is_exempt(item, strict):
            return
        _judge(item, scope, binding["set"], strict, origin)
        if "most" in binding:
            _judge(item, scope, binding["most"], True, origin)

    return check


def _is_exempt(item: Item, strict: bool) -> bool:
    """Text alone: an extensible binding allows it where no code fits. A Quantity without unit code has nothing to
    judge; a profile that wants one says so by cardinality."""
    if not isinstance(item.value, dict):
        return False
    if item.type in _QUANTITIES:
        return "code" not in item.value
    return not strict and not item.value.get("coding") and "text" in item.value


def _judge(item: Item, scope: Scope, name: str, strict: bool, origin: Origin) -> None:
    codes = scope.library.codes(name, origin.package)
    sent = list(codings(item.value))
    if not sent:
        if strict and not (isinstance(item.value, dict) and "extension" in item.value):
            scope.error("code-invalid", f"needs a code of {_title(name, codes)} ({origin.name}).", item.place)
        return
    answers = {codes.holds(system, code) if codes else None for system, code in sent}
    if True in answers:
        return
    if None in answers:
        scope.skip(f"the codes of {name}", item.place)
        return
    shown = ", ".join(quote(f"{system}|{code}" if system else code) for system, code in sent[:3])
    tell = scope.error if strict else scope.warn
    advice = "use one of them" if strict else "use one of them, unless none fits"
    tell("code-invalid", f"{shown} is not in {_title(name, codes)}; {advice} ({origin.name}).", item.place)


def codings(value: Any) -> Iterator[tuple[str | None, str]]:
    """(system, code) pairs of a code, Coding, CodeableConcept or Quantity; a bare code has no system of its own."""
    if isinstance(value, str):
        yield None, value
    elif isinstance(value, dict):
        listed = value.get("coding", [value])
        for coding in listed if isinstance(listed, list) else ():
            if isinstance(coding, dict) and isinstance(coding.get("code"), str):
                yield str(coding.get("system", "")), coding["code"]


def _title(name: str, codes: Codes | None) -> str:
    """The value set's short name, with some of its codes."""
    title = name.partition("|")[0].rpartition("/")[2]
    listed = sorted(code for held in (codes.systems if codes else {}).values() for code in held or ())
    if not listed:
        return title
    return f"{title} ({', '.join(listed[:SHOWN])}{', ...' if len(listed) > SHOWN else ''})"
