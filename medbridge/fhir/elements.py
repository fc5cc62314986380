"""From the tables of the R4 types to functions that check JSON: one per type, made when first needed.

The check of an object walks its keys once. Right strings (most of a record) are passed by one test in C; everything
else, and everything wrong, goes through the check of its element. A resource that `accept` passes is not walked at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

from medbridge.fhir.accept import accepts
from medbridge.fhir.bindings import check_code, check_concept, code_test
from medbridge.fhir.contained import contained_faults, nested_fault, settle_local
from medbridge.fhir.faults import Check, Fault, quote
from medbridge.fhir.invariants import Rule, rules
from medbridge.fhir.presence import NULL, ONLY_ID, check_presence, is_final, settle_shadows
from medbridge.fhir.primitives import TEXT_TESTS, check_primitive
from medbridge.fhir.structure import Element, elements, is_complex, resource_types
from medbridge.fhir.targets import check_reference

Tests = dict[str, Callable[[str], object]]

# Past this many faults in one list or object the rest is not looked at: nobody reads them, and a hostile body is full
# of them. Nulls and local references may yet prove right, so of these far more are carried.
FLOOD = 100
UNSETTLED = 10_000
_checks: dict[str, Check] = {}
_making = RLock()
_URL = ("Extension", "url")


def check_type(name: str) -> Check:
    """The check of a complex type, inner type or resource type by its name. Raises KeyError for no such type."""
    try:
        return _checks[name]
    except KeyError:
        with _making:
            made: dict[str, Check] = {}
            check = _make(name, made)
            # Published only when whole: another thread must not meet a type whose elements are still being filled in.
            _checks.update(made)
            return check


def check_resource(value: Any) -> list[Fault] | None:
    """The check of a resource that stands by itself: at the top, in a Bundle entry, in Parameters."""
    return None if accepts(value) else judge_resource(value)


def judge_resource(value: Any) -> list[Fault] | None:
    """What `check_resource` tells of a resource that the quick test did not accept."""
    kind, wrong = _kind(value)
    if kind is None:
        return wrong
    found = check_type(kind)(value)
    if found:
        found = settle_local(value, found)
    if not found and "contained" in value:
        found = list(contained_faults(value))
    return found


def check_contained(value: Any) -> list[Fault] | None:
    """The check of a resource inside another; its local references are judged by the container."""
    kind, found = _kind(value)
    return found if kind is None else nested_fault(value) or check_type(kind)(value)


def _kind(value: Any) -> tuple[str | None, list[Fault]]:
    if type(value) is not dict:
        return None, [Fault("", "structure", "must be a JSON object, a resource.")]
    kind = value.get("resourceType")
    if type(kind) is str and kind in resource_types():
        return kind, []
    if kind is None:
        return None, [Fault(".resourceType", "required", 'resourceType is required; say what it is, as in "Patient".')]
    return None, [Fault(".resourceType", "structure", f"R4 has no resource type {quote(kind)}.")]


def _make(name: str, made: dict[str, Check]) -> Check:
    if check := _checks.get(name) or made.get(name):
        return check
    tests: Tests = {}
    fields: dict[str, Check] = {}
    known = elements(name)
    made[name] = check = _object(name, tests, fields, check_presence(known), rules(name))
    if name in resource_types():
        tests["resourceType"] = frozenset({name}).__contains__
    for key, element in known.items():
        one, test = _single(key, element, made)
        if test and not element.many:
            tests[key] = test
        fields[key] = _many(one) if element.many else one
        if _takes_extension(name, key, element):
            shadow = _make("Element", made)
            fields[f"_{key}"] = _many(shadow) if element.many else shadow
    return check


def _takes_extension(name: str, key: str, element: Element) -> bool:
    # Ids and Extension.url are of a FHIRPath type, not of a FHIR primitive; xhtml admits no extension either.
    return not is_complex(element.type) and not (key == "id" or element.type == "xhtml" or (name, key) == _URL)


def _single(key: str, element: Element, made: dict[str, Check]) -> tuple[Check, Callable[[str], object] | None]:
    """The check of one value of an element, and for strings the quick test that passes right ones."""
    if element.type == "Resource":
        return (check_contained if key == "contained" else check_resource), None
    if is_complex(element.type):
        check = _make(element.type, made)
        if element.type == "Reference":
            check = check_reference(check, element.targets)
        return (check_concept(element.codes, check) if element.codes else check), None
    check = check_primitive(element.type)
    if element.codes and (allowed := code_test(element.codes)):
        return check_code(element.codes, allowed, check), allowed
    return check, TEXT_TESTS.get(element.type)


def _many(one: Check) -> Check:
    def check(items: Any) -> list[Fault] | None:
        if type(items) is not list:
            return [Fault("", "structure", "must be an array; put the value in [ ].")]
        if not items:
            return [Fault("", "structure", "An empty array is not allowed; leave the element out.")]
        faults: list[Fault] = []
        for number, item in enumerate(items):
            found = one(item) if item is not None else [Fault("", "structure", NULL)]
            if found:
                faults.extend(fault.inside(f"[{number}]") for fault in found)
                if len(faults) > FLOOD and _is_flooded(faults):
                    break
        return faults

    return check


def _is_flooded(faults: list[Fault]) -> bool:
    if len(faults) > UNSETTLED:
        faults.append(Fault("", "too-costly", f"More than {UNSETTLED} nulls or local references; send fewer."))
    return is_final(faults[-1])


def _object(name: str, tests: Tests, fields: dict[str, Check], presence: Check | None, own: Sequence[Rule]) -> Check:
    def check(value: Any) -> list[Fault] | None:
        if type(value) is not dict or len(value) <= ("id" in value):
            return _not_an_object(name, value)
        faults: list[Fault] = []
        for key, item in value.items():
            if type(item) is str and (test := tests.get(key)) is not None and test(item):
                continue
            field = fields.get(key)
            found = field(item) if field is not None else _unknown(name, key)
            if found:
                faults.extend(fault.inside(f".{key}") for fault in found)
                if len(faults) > FLOOD and _is_flooded(faults):
                    break
        if presence is not None and (found := presence(value)):
            faults.extend(found)
        if faults:
            faults = settle_shadows(value, faults)
        # Rules may rely on a right structure, so they wait for one; local references are settled further out.
        if own and not (faults and any(fault.local is None for fault in faults)):
            for rule in own:
                if not rule.holds(value):
                    faults.append(rule.fault(value))
        return faults

    return check


def _not_an_object(name: str, value: Any) -> list[Fault]:
    if type(value) is dict:
        return [Fault("", "structure", ONLY_ID if value else "An empty object is not allowed; leave the element out.")]
    if value is None:
        return [Fault("", "structure", NULL)]
    if type(value) is list:
        return [Fault("", "structure", f"takes one {name}, not an array.")]
    return [Fault("", "structure", f"must be a JSON object, a {name}.")]


def _unknown(name: str, key: Any) -> list[Fault]:
    if key == "resourceType":
        return [Fault("", "structure", f"{name} is no resource; leave resourceType out.")]
    return [Fault("", "structure", f"{name} has no element {quote(key)}; remove it, or send it as an extension.")]
