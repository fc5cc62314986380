"""`_filter` (R4 search_filter.html)."""

from time import perf_counter

import pytest

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.search import parse_query
from tests.unit.fhir.evaluation import found

ALICE = {
    "resourceType": "Patient",
    "id": "alice",
    "name": [{"family": "Liddell", "given": ["Alice", "Mary Ann"]}],
    "gender": "female",
    "birthDate": "1990-05-04",
    "identifier": [{"system": "urn:mrn", "value": "a)1"}],
    "generalPractitioner": [{"reference": "Practitioner/bob"}],
}
DAN = {"resourceType": "Patient", "id": "dan", "name": [{"family": "Dare"}], "birthDate": "1950"}
BOB = {"resourceType": "Practitioner", "id": "bob", "name": [{"family": "Bones"}], "gender": "male"}
WEIGHT = {
    "resourceType": "Observation",
    "id": "weight",
    "status": "amended",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "subject": {"reference": "Patient/alice"},
    "effectivePeriod": {"start": "2014-01-17", "end": "2014-02-03"},
    "valueQuantity": {"value": 160, "system": "http://unitsofmeasure.org", "code": "[lb_av]"},
}
WORLD = [ALICE, DAN, BOB, WEIGHT]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('given eq "alice"', ["alice"]),
        ('given eq "ali"', []),
        ('given eq "Mary Ann"', ["alice"]),
        ("given sw ali", ["alice"]),
        ("family ew DELL", ["alice"]),
        ("family co are", ["dan"]),
        ("family ne dare", ["alice"]),
        ("gender eq female", ["alice"]),
        ("gender ne male", ["alice"]),
        ("gender pr false", ["dan"]),
        ("gender pr true and birthdate ge 1980-01-01", ["alice"]),
        ("gender in http://hl7.org/fhir/ValueSet/administrative-gender", ["alice"]),
        ('identifier eq "urn:mrn|a)1"', ["alice"]),
        ("birthdate lt 1960 or gender eq female", ["alice", "dan"]),
        ("birthdate lt 1960 or gender eq female and family eq dare", ["dan"]),
        ("(birthdate lt 1960 or gender eq female) and family eq liddell", ["alice"]),
        ("not (gender eq female)", ["dan"]),
        ("not(birthdate po 1950-06 or family eq x)", ["alice"]),
        ("general-practitioner re Practitioner/bob", ["alice"]),
        ("general-practitioner.family eq bones", ["alice"]),
        ("general-practitioner:Practitioner.family eq bones", ["alice"]),
        ("general-practitioner[gender eq male].family eq bones", ["alice"]),
        ("general-practitioner[gender eq female].family eq bones", []),
        ("_id eq dan", ["dan"]),
    ],
)
def test_a_filter_finds_patients(text: str, expected: list[str]) -> None:
    assert found(WORLD, "Patient", ("_filter", text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date po 2014-02", True),
        ("date po 2014-03", False),
        ("date sa 2014-01-01", True),
        ("value-quantity gt 150|http://unitsofmeasure.org|[lb_av]", True),
        ("value-quantity lt 70|http://unitsofmeasure.org|kg", False),
        ("(value-quantity gt 70|http://unitsofmeasure.org|kg)", True),
        ("status sb amended", True),
        ("status ss corrected", True),
        ("status ss final", False),
        ("code-value-quantity eq 29463-7$160", True),
        ("patient.name co ddel", True),
        ("subject.name co ddel", True),
        ("patient[birthdate lt 1980].name co ddel", False),
    ],
)
def test_a_filter_finds_an_observation(text: str, expected: bool) -> None:
    assert found(WORLD, "Observation", ("_filter", text)) == ["weight"] * expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gender", "operator"),
        ("gender is female", "operator"),
        ("gender eq", "value"),
        ('family eq ""', "empty"),
        (r'family eq "\x"', "JSON"),
        ('family eq "open', "value"),
        ("gender eq female and", "parameter"),
        ("gender eq female family eq x", "end here"),
        ("(gender eq female", "missing"),
        ("gender eq female)", "end here"),
        ("link[gender eq female] eq x", "another parameter"),
        ("link[gender eq female.family eq x", "missing"),
        ("colour eq red", "not supported"),
        ("link.colour eq red", "not supported"),
        ("gender gt female", "no gt"),
        ("family gt a", "no gt"),
        ("birthdate co 19", "no co"),
        ("birthdate po soon", "not a date"),
        ("gender in http://nowhere", "not known"),
        ("gender pr maybe", "true nor false"),
        ("birthdate ge gt1980", "not a date"),
    ],
)
def test_a_filter_that_cannot_be_understood_is_refused_even_leniently(text: str, why: str) -> None:
    with pytest.raises(FhirError, match=why) as caught:
        parse_query("Patient", [("_filter", text)])
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000,
        "not(" * 1900 + "gender eq x",
        "link[" * 1500 + "gender eq x",
        "link." * 1500 + "gender eq x",
        "gender eq x or " * 500 + "gender eq x",
        '"' * 8000,
        "\\" * 8000,
        "not " * 2000,
        "gender eq " + "[" * 7900,
        'gender eq "' + "\\" * 7901,
        " " * 7999 + "(",
    ],
)
def test_a_hostile_filter_is_refused_at_once(text: str) -> None:
    start = perf_counter()
    with pytest.raises(FhirError):
        parse_query("Patient", [("_filter", text)])
    assert perf_counter() - start < 0.5
