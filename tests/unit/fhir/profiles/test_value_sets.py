"""Which codes a value set holds, as far as packages tell."""

from __future__ import annotations

from typing import Any

import pytest

from medbridge.fhir.profiles.value_sets import Codes
from tests.unit.fhir.profiles.build import COLOURS, SETS, Json, concepts, library, value_set

RED = {"code": "red", "concept": [{"code": "crimson"}, {"code": "scarlet", "concept": [{"code": "vermilion"}]}]}
SYSTEM = {"resourceType": "CodeSystem", "url": COLOURS, "content": "complete", "concept": [RED, {"code": "blue"}]}


def codes(*include: Json, more: tuple[Json, ...] = (SYSTEM,), exclude: tuple[Json, ...] = ()) -> Codes:
    found = library(value_set("mine", *include, exclude=exclude), *more).codes(f"{SETS}/mine")
    assert found is not None
    return found


def held(found: Codes) -> set[str]:
    return {code for listed in found.systems.values() for code in listed or ()}


def filtered(op: str, value: str, property: str = "concept") -> Json:
    return {"system": COLOURS, "filter": [{"property": property, "op": op, "value": value}]}


@pytest.mark.parametrize(
    ("include", "listed"),
    [
        (concepts("red"), {"red"}),
        ({"system": COLOURS}, {"red", "crimson", "scarlet", "vermilion", "blue"}),
        ({"system": f"{COLOURS}|1.0"}, {"red", "crimson", "scarlet", "vermilion", "blue"}),
        (filtered("is-a", "red"), {"red", "crimson", "scarlet", "vermilion"}),
        (filtered("descendent-of", "scarlet"), {"vermilion"}),
    ],
)
def test_what_can_be_listed(include: Json, listed: set[str]) -> None:
    assert held(codes(include)) == listed


def test_a_code_system_that_is_not_complete_lists_nothing() -> None:
    fragment: Any = {**SYSTEM, "content": "fragment"}
    assert codes({"system": COLOURS}, more=(fragment,)).holds(COLOURS, "red") is None


@pytest.mark.parametrize("include", [filtered("=", "dark", "shade"), filtered("regex", "r.*", "code")])
def test_a_filter_that_needs_a_terminology_is_open_and_says_why(include: Json) -> None:
    found = codes(include)
    assert found.holds(COLOURS, "red") is None
    assert "needs a terminology" in next(iter(found.why))


def test_other_value_sets_are_followed_and_two_in_one_include_are_what_both_hold() -> None:
    one, other = value_set("one", concepts("red", "blue")), value_set("other", concepts("red"))
    both = {"valueSet": [f"{SETS}/one", f"{SETS}/other"]}
    assert held(codes(both, more=(one, other))) == {"red"}


def test_what_is_excluded_is_not_in_it() -> None:
    assert held(codes(filtered("is-a", "red"), exclude=(concepts("scarlet"),))) == {"red", "crimson", "vermilion"}


def test_value_sets_that_import_each_other_end() -> None:
    one, other = value_set("one", {"valueSet": [f"{SETS}/other"]}), value_set("other", {"valueSet": [f"{SETS}/one"]})
    assert codes({"valueSet": [f"{SETS}/one"]}, more=(one, other)).holds(COLOURS, "red") is None


def test_an_expansion_stands_in_where_there_is_no_definition() -> None:
    expanded = {**value_set("mine"), "expansion": {"contains": [{"system": COLOURS, "code": "red"}]}}
    del expanded["compose"]
    found = library(expanded).codes(f"{SETS}/mine")
    assert found is not None
    assert held(found) == {"red"}
