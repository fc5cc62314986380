"""LINK, REVIEW or NONE: a wrong link is a disclosure, so anything that speaks against one asks a person."""

from typing import Any

import pytest

from medbridge.identity.matching import Outcome, Verdict, blocking_keys, compare, traits
from tests.unit.identity.build import (
    HL7_CHINA,
    NATIONAL,
    SSN,
    ZHANG_ID,
    address,
    identifier,
    patient,
    resident_id,
    with_ssn,
)


def judge(a: dict[str, Any], b: dict[str, Any]) -> Verdict:
    verdict = compare(traits(a), traits(b))
    assert compare(traits(b), traits(a)).outcome is verdict.outcome
    if verdict.outcome is not Outcome.NONE:
        assert set(blocking_keys(traits(a))) & set(blocking_keys(traits(b))), "never compared: no key in common"
    return verdict


def test_the_same_strong_identifier_links() -> None:
    assert judge(with_ssn(), with_ssn("b1")).outcome is Outcome.LINK


def test_the_resident_number_links_across_its_two_systems_and_scripts() -> None:
    hospital = patient(family="张", given="伟", sex="male", ids=(identifier(NATIONAL, ZHANG_ID),))
    clinic = patient(family="Wei", given="Zhang", sex="male", ids=(identifier(HL7_CHINA, ZHANG_ID),))
    assert judge(hospital, clinic).outcome is Outcome.LINK


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"born": "1991-05-01"}, "different birth date"),
        ({"sex": "male"}, "different sex"),
        ({"given": "Beatrice"}, "different given name"),
    ],
)
def test_a_conflict_vetoes_the_link(other: dict[str, str], reason: str) -> None:
    verdict = judge(with_ssn(), with_ssn("b1", **other))
    assert verdict.outcome is Outcome.REVIEW
    assert reason in verdict.reasons


def test_two_resident_numbers_veto_the_link_by_another_identifier() -> None:
    first, second = ZHANG_ID, resident_id("11010119900501202")
    a, b = (patient(ids=(identifier(SSN, "536-41-7720"), identifier(NATIONAL, value))) for value in (first, second))
    assert judge(a, b).reasons == ("same us-ssn", "different cn-id")


@pytest.mark.parametrize(
    "silent", [{"born": "1990"}, {"born": ""}, {"sex": "unknown"}, {"given": ()}, {"family": "Smith"}]
)
def test_what_one_does_not_say_or_may_change_is_no_conflict(silent: dict[str, Any]) -> None:
    assert judge(with_ssn(), with_ssn("b1", **silent)).outcome is Outcome.LINK


@pytest.mark.parametrize(
    "other",
    [
        patient("b1"),
        patient("b1", family="MILLER", given="ALICE", lives=address("12 MAIN ST")),
        patient("b1", family="Alice", given="Miller"),
        patient("b1", lives=address("12 Main Strete", postal="")),
        patient("b1", lives={"text": "12 Main Street Springfield"}),
        patient("b1", ids=(identifier(SSN, "536-41-7721"),)),
    ],
)
def test_name_birth_date_sex_and_address_alike_is_for_review(other: dict[str, Any]) -> None:
    assert judge(patient(), other).outcome is Outcome.REVIEW


def test_a_shared_telephone_stands_in_for_the_address() -> None:
    a, b = (
        patient(id, lives=home, telecom=[{"system": "phone", "value": number}])
        for id, home, number in [
            ("a1", address(), "+1 617 555 0142"),
            ("b1", address("9 Elm Road", "Salem", "97301"), "(617) 555-0142"),
        ]
    )
    assert judge(a, b).outcome is Outcome.REVIEW


@pytest.mark.parametrize(
    "other",
    [
        patient("b1", born="1990-05-02"),
        patient("b1", sex="male"),
        patient("b1", sex="unknown"),
        patient("b1", lives=address("14 Main Street")),
        patient("b1", lives=address("12 Oak Avenue", "Salem", "97301")),
        patient("b1", family="Baker"),
    ],
)
def test_one_of_them_different_is_nothing(other: dict[str, Any]) -> None:
    assert judge(patient(), other).outcome is Outcome.NONE


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("Alice",), ("Anna",)),
        (("Mary", "Ann"), ("Mary", "Beth")),
        (("伟明",), ("伟亮",)),
        (("Wei", "Ming"), ("Wei", "Liang")),
    ],
)
@pytest.mark.parametrize("numbers", [("", ""), ("536-41-7720", "536-41-7721"), ("000-00-0000", "000-00-0000")])
def test_twins_are_two_people(one: tuple[str, ...], two: tuple[str, ...], numbers: tuple[str, str]) -> None:
    a, b = with_ssn("a1", numbers[0], given=one), with_ssn("b1", numbers[1], given=two)
    assert judge(a, b).outcome is Outcome.NONE


def test_twins_registered_under_one_number_are_for_review() -> None:
    assert judge(with_ssn(given="Alice"), with_ssn("b1", given="Anna")).outcome is Outcome.REVIEW


def test_no_reason_gives_away_a_number() -> None:
    reasons = judge(with_ssn(), with_ssn("b1", sex="male")).reasons
    assert not any("7720" in reason for reason in reasons)


def test_an_empty_patient_has_no_keys() -> None:
    assert blocking_keys(traits({"resourceType": "Patient", "id": "x"})) == []
