"""Is this resource right, yes or no: what most resources are asked, in half the time that telling faults needs.

The tests come from the same tables and the same parts as the checks of `elements`, which say what is wrong. A test
never accepts what a check refuses; it may leave to the check what is rare (extensions of primitives).
"""

# ruff: noqa: SIM110 (`all()` of a generator takes twice the time of a loop, and these loops are the time that it takes)

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

from medbridge.fhir.bindings import code_test, concept_test
from medbridge.fhir.contained import is_closed
from medbridge.fhir.invariants import rules
from medbridge.fhir.presence import presence_test
from medbridge.fhir.primitives import VALUE_TESTS
from medbridge.fhir.structure import Element, elements, is_complex, resource_types
from medbridge.fhir.targets import check_reference, kind_of, passing

Test = Callable[[Any], object]

# Systems, codes, displays and references are the same few in record after record; a canonical's length is the longest
# worth a place. One memory for each kind of text, so a hostile sender fills a few megabytes at most.
_REMEMBERED = 4096
_LONGEST = 200
_making = RLock()


def accepts(resource: dict[str, Any]) -> bool:
    """True: the resource is valid. False: it may not be; `elements.check_resource` judges it and says why."""
    try:
        return bool(_resource(resource))
    except (TypeError, KeyError, AttributeError, ValueError, ArithmeticError, RecursionError):
        # What the tests are given is not what they expect: no element of this name, a number where text belongs.
        return False


class _Remembered(dict[str, Any]):
    """A test of texts that remembers what it said of those it passed."""

    def __init__(self, test: Test) -> None:
        self.test = test

    def __missing__(self, text: str) -> Any:
        said = self.test(text)
        if said is not None and said is not False and len(text) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = said if type(said) is str else True
        return said


_remembered = {name: _Remembered(VALUE_TESTS[name]).__getitem__ for name in ("uri", "code", "canonical")}
_DISPLAY = _Remembered(VALUE_TESTS["string"]).__getitem__
_DISPLAYS = {("Coding", "display"), ("CodeableConcept", "text"), ("Reference", "display")}
_kinds = _Remembered(kind_of)


class _Types:
    """The tests by type name, made when first needed; those inside a resource with contained ones pass "#id"."""

    def __init__(self, *, local: bool) -> None:
        self.local = local
        self.tests: dict[str, Test] = {}

    def __getitem__(self, name: str) -> Test:
        try:
            return self.tests[name]
        except KeyError:
            if name not in resource_types():
                raise
        with _making:
            made: dict[str, Test] = {}
            test = self._make(name, made)
            # Published only when whole: another thread must not meet a type whose elements are still being filled in.
            self.tests.update(made)
            return test

    def _make(self, name: str, made: dict[str, Test]) -> Test:
        if test := self.tests.get(name) or made.get(name):
            return test
        members: dict[str, Test] = {}
        known = elements(name)
        made[name] = test = _object(members, presence_test(known), [rule.holds for rule in rules(name)])
        if name in resource_types():
            members["resourceType"] = frozenset({name}).__contains__
        for key, element in known.items():
            one = self._single(name, key, element, made)
            members[key] = _many(one) if element.many else one
        return test

    def _single(self, name: str, key: str, element: Element, made: dict[str, Test]) -> Test:
        if element.type == "Resource":
            return _inner if key == "contained" else _resource
        if element.type == "Reference":
            return self._reference(element, made)
        if is_complex(element.type):
            body = self._make(element.type, made)
            return concept_test(element.codes, body) if element.codes else body
        if element.codes and (allowed := code_test(element.codes)):
            return allowed
        if (name, key) == ("Reference", "reference"):
            return str.__len__  # `_reference` judges its form
        if (name, key) in _DISPLAYS:
            return _DISPLAY
        return _remembered.get(element.type) or VALUE_TESTS[element.type]

    def _reference(self, element: Element, made: dict[str, Test]) -> Test:
        body = self._make("Reference", made)
        allowed = passing(element.targets, local=self.local)
        judge = check_reference(lambda value: None, element.targets)

        def test(value: Any) -> bool:
            if not body(value):
                return False
            text = value.get("reference")
            return (text is None or _kinds[text] in allowed) and ("type" not in value or not judge(value))

        return test


_alone = _Types(local=False)
_together = _Types(local=True)


def _resource(value: Any) -> object:
    if "contained" not in value:
        return _alone[value["resourceType"]](value)
    return _together[value["resourceType"]](value) and is_closed(value)


def _inner(value: Any) -> object:
    return "contained" not in value and _together[value["resourceType"]](value)


def _many(one: Test) -> Test:
    def test(items: Any) -> bool:
        if type(items) is not list or not items:
            return False
        for item in items:
            if not one(item):
                return False
        return True

    return test


def _object(members: dict[str, Test], presence: Test | None, holds: Sequence[Callable[[Any], object]]) -> Test:
    def body(value: Any) -> bool:
        if len(value) < 2 and (not value or "id" in value):
            return False
        for key, item in value.items():
            if not members[key](item):
                return False
        return True

    def whole(value: Any) -> bool:
        if not body(value) or (presence is not None and not presence(value)):
            return False
        for hold in holds:
            if not hold(value):
                return False
        return True

    return whole if presence is not None or holds else body
