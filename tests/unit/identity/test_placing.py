"""Persons are what links connect, whatever the order in which the Patients come."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from medbridge.identity.matching import traits
from medbridge.identity.placing import BLOCK_LIMIT, How, Neighbourhood
from tests.unit.identity.build import NATIONAL, SSN, ZHANG_ID, identifier, patient, with_ssn

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BOTH = (identifier(SSN, "536-41-7720"), identifier(NATIONAL, ZHANG_ID))


def placed(*patients: dict[str, Any], into: Neighbourhood | None = None) -> Neighbourhood:
    found = into or Neighbourhood(fresh=uuid4)
    for each in patients:
        found.place(each["id"], "h1", traits(each), NOW)
    return found


def groups(found: Neighbourhood) -> set[frozenset[str]]:
    return {frozenset(m.patient for m in found.kin(member.person)) for member in found.members.values()}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_patient_that_shares_one_number_with_each_of_two_makes_them_one(order: tuple[int, ...]) -> None:
    three = [patient("a", ids=BOTH[:1]), patient("b", ids=BOTH[1:]), patient("c", ids=BOTH)]
    assert groups(placed(*(three[n] for n in order))) == {frozenset("abc")}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_bridge_does_not_make_one_of_two_who_conflict(order: tuple[int, ...]) -> None:
    """Mallory pushes a Patient without a name under Alice's number and Zhang's."""
    alice = patient("alice", ids=BOTH[:1])
    zhang = patient("zhang", family="Zhang", given="Wei", sex="male", ids=BOTH[1:])
    mallory = {"id": "mallory", "identifier": list(BOTH)}
    found = placed(*([alice, zhang, mallory][n] for n in order))
    assert not found.same_person("alice", "zhang")


def test_a_patient_whose_number_is_corrected_leaves() -> None:
    found = placed(with_ssn("a"), with_ssn("b"), with_ssn("c"))
    person = found.members["a"].person
    placed(with_ssn("b", "536-41-9999"), into=found)
    assert groups(found) == {frozenset("ac"), frozenset("b")}
    assert found.members["a"].person == person
    assert found.members["b"].how == How.NEW


def test_when_the_bridge_leaves_its_ends_part() -> None:
    found = placed(patient("a", ids=BOTH[:1]), patient("c", ids=BOTH), patient("b", ids=BOTH[1:]))
    found.forget("c")
    assert groups(found) == {frozenset("a"), frozenset("b")}


def test_a_conflict_that_comes_later_parts_them_and_asks() -> None:
    found = placed(with_ssn("a"), with_ssn("b"))
    later = with_ssn("b", born="1961-02-03")
    assert found.place("b", "h1", traits(later), NOW) == {"a": ("same us-ssn", "different birth date")}
    assert not found.same_person("a", "b")


def test_a_number_that_everybody_has_links_nobody_new() -> None:
    found = placed(*(with_ssn(f"p{n}", born=f"19{n:02}-01-01") for n in range(BLOCK_LIMIT)))
    assert found.place("last", "h1", traits(with_ssn("last", born="1990-01-01")), NOW) == {}
    assert len(found.kin(found.members["last"].person)) == 1
