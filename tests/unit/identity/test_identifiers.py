"""Which identifiers may link two Patients by themselves."""

import pytest

from medbridge.identity.identifiers import strong
from tests.unit.identity.build import HL7_CHINA, NATIONAL, SSN, ZHANG_ID, identifier, patient


def keys(*identifiers: dict[str, str]) -> tuple[str, ...]:
    return strong(patient(ids=identifiers))


def test_both_registrations_of_the_resident_number_are_one_system() -> None:
    assert keys(identifier(NATIONAL, ZHANG_ID)) == keys(identifier(HL7_CHINA, ZHANG_ID)) == (f"cn-id:{ZHANG_ID}",)


def test_spelling_does_not_matter() -> None:
    assert keys(identifier(SSN, "536-41-7720")) == keys(identifier("urn:oid:2.16.840.1.113883.4.1", " 536417720 "))
    assert keys(identifier(NATIONAL, "11010519491231002x")) == ("cn-id:11010519491231002X",)
    assert keys(identifier(SSN, "５３６-41-7720")) == ("us-ssn:536417720",)


@pytest.mark.parametrize("wrong", [ZHANG_ID[:-1] + ("1" if ZHANG_ID[-1] != "1" else "2"), "110101199002302018", "12"])
def test_a_resident_number_with_a_wrong_check_digit_or_date_is_not_strong(wrong: str) -> None:
    assert keys(identifier(NATIONAL, wrong)) == ()


@pytest.mark.parametrize(
    "placeholder",
    ["000-00-0000", "999999999", "111-11-1111", "123-45-6789", "078-05-1120", "666-12-3456", "536-00-7720", "N/A", ""],
)
def test_a_placeholder_is_not_strong(placeholder: str) -> None:
    assert keys(identifier(SSN, placeholder)) == ()


def test_a_passport_counts_with_its_country() -> None:
    system = "http://hl7.org/fhir/sid/passport-{}"
    assert keys(identifier(system.format("CHN"), "E12345678")) != keys(identifier(system.format("USA"), "E12345678"))
    assert keys(identifier("http://hospital.example/passports", "E12345678")) == ()


@pytest.mark.parametrize("use", ["old", "temp"])
def test_an_identifier_out_of_use_is_not_strong(use: str) -> None:
    assert keys(identifier(SSN, "536-41-7720", use=use)) == ()


def test_a_hospitals_own_number_is_not_strong() -> None:
    assert keys(identifier("http://h1.example/mrn", "536417720")) == ()


@pytest.mark.parametrize("broken", [{"identifier": "x"}, {"identifier": [None, {"system": 1, "value": []}]}, {}])
def test_elements_of_the_wrong_shape_are_passed_over(broken: dict[str, object]) -> None:
    assert strong(broken) == ()
