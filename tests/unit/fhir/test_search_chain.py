"""Conditions on other resources: chains, `_has`, includes (R4 search.html#chaining, #has, #include)."""

import pytest

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.query import Chain, Include
from medbridge.fhir.search import Limits, parse_query
from medbridge.fhir.terms import salt
from tests.unit.fhir.evaluation import found

NORTH = {"resourceType": "Organization", "id": "north", "name": "North"}
BOB = {"resourceType": "PractitionerRole", "id": "bob", "organization": {"reference": "Organization/north"}}
ALICE = {
    "resourceType": "Patient",
    "id": "alice",
    "gender": "female",
    "name": [{"family": "Liddell"}],
    "generalPractitioner": [{"reference": "PractitionerRole/bob"}],
}
DAN = {"resourceType": "Patient", "id": "dan", "name": [{"family": "Dare"}]}
WARD = {"resourceType": "Location", "id": "ward", "name": "Lidder ward"}
HERS = {
    "resourceType": "Observation",
    "id": "hers",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]},
    "subject": {"reference": "Patient/alice"},
    "encounter": {"reference": "Encounter/visit"},
}
HIS = {"resourceType": "Observation", "id": "his", "status": "final", "subject": {"reference": "Patient/dan"}}
ROOM = {"resourceType": "Observation", "id": "room", "status": "final", "subject": {"reference": "Location/ward"}}
VISIT = {"resourceType": "Encounter", "id": "visit", "status": "planned", "subject": {"reference": "Patient/alice"}}
SIGNED = {
    "resourceType": "Provenance",
    "id": "signed",
    "target": [{"reference": "Observation/hers"}],
    "agent": [{"who": {"reference": "Practitioner/carol"}}],
}
WORLD = [NORTH, BOB, ALICE, DAN, WARD, HERS, HIS, ROOM, VISIT, SIGNED]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("patient.name", "lidd", ["hers"]),
        ("subject.name", "lidd", ["hers", "room"]),
        ("subject:Patient.name", "lidd", ["hers"]),
        ("subject:Patient.gender:not", "female", ["his"]),
        ("patient.gender:missing", "true", ["his"]),
        ("patient._id", "dan", ["his"]),
        ("patient.general-practitioner.organization.name", "nor", ["hers"]),
        ("patient.general-practitioner:PractitionerRole.organization", "Organization/north", ["hers"]),
        ("_has:Provenance:target:agent", "Practitioner/carol", ["hers"]),
        ("patient._has:Encounter:patient:status", "planned", ["hers"]),
        ("code", "8302-2", ["hers"]),
    ],
)
def test_a_chain_finds(name: str, value: str, expected: list[str]) -> None:
    assert found(WORLD, "Observation", (name, value)) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("_has:Observation:patient:code", "http://loinc.org|8302-2", ["alice"]),
        ("_has:Observation:patient:code:missing", "true", ["dan"]),
        ("_has:Observation:patient:encounter.status", "planned", ["alice"]),
        ("_has:Observation:patient:_has:Provenance:target:agent", "Practitioner/carol", ["alice"]),
        ("_has:Observation:subject:status", "final", ["alice", "dan"]),
    ],
)
def test_has_finds(name: str, value: str, expected: list[str]) -> None:
    assert found(WORLD, "Patient", (name, value)) == expected


def test_types_whose_condition_is_the_same_are_asked_once() -> None:
    (chain,) = parse_query("Observation", [("subject._id", "x")]).where.of
    assert isinstance(chain, Chain)
    assert chain.types == ("Device", "Group", "Location", "Patient")


def test_a_chain_through_references_to_anything_ends_at_the_limit() -> None:
    with pytest.raises(FhirError, match=r"subject:Patient\.name"):
        parse_query("Provenance", [("target.target.target.target._tag", "x")])


@pytest.mark.parametrize("depth", [1, 2])
def test_chains_and_has_share_one_limit_of_depth(depth: int) -> None:
    pairs = [("_has:Observation:patient:encounter.status", "planned")]
    if depth == 1:
        with pytest.raises(FhirError, match="more than 1 references"):
            parse_query("Patient", pairs, limits=Limits(chain_depth=1))
    else:
        assert parse_query("Patient", pairs, limits=Limits(chain_depth=2)).where.of


SUBJECT = (salt("Observation", "subject"),)


@pytest.mark.parametrize(
    ("name", "value", "include"),
    [
        ("_include", "Observation:subject", Include("Observation", SUBJECT)),
        ("_include", "Observation:patient", Include("Observation", SUBJECT, ("Patient",))),
        ("_include", "Observation:subject:Patient", Include("Observation", SUBJECT, ("Patient",))),
        ("_include:iterate", "Patient:link", Include("Patient", (salt("Patient", "link"),), (), False, True)),
        ("_include:recurse", "Patient:link", Include("Patient", (salt("Patient", "link"),), (), False, True)),
        ("_revinclude", "Provenance:target", Include("Provenance", (salt("Provenance", "target"),), (), True)),
    ],
)
def test_an_include_says_which_references_to_follow(name: str, value: str, include: Include) -> None:
    assert parse_query("Observation", [(name, value)], strict=True).includes == (include,)


@pytest.mark.parametrize("value", ["*", "Observation:*"])
def test_a_wildcard_follows_every_reference(value: str) -> None:
    (include,) = parse_query("Observation", [("_include", value)]).includes
    assert {salt("Observation", name) for name in ("subject", "encounter", "performer")} < set(include.salts)


def test_a_reverse_wildcard_leaves_out_what_cannot_refer_to_the_type() -> None:
    (include,) = parse_query("Patient", [("_revinclude", "*")]).includes
    assert (include.type, include.targets, include.reverse) == ("", ("Patient",), True)
    assert salt("Observation", "subject") in include.salts
    assert salt("Observation", "encounter") not in include.salts


@pytest.mark.parametrize(
    "value", ["", "Observation", "Observation:code", "Observation:subject:Encounter", "X:y", "*:*"]
)
def test_an_include_of_no_reference_is_told(value: str) -> None:
    if value:
        assert parse_query("Observation", [("_include", value)]).unknown == (f"_include={value}",)
    else:
        with pytest.raises(FhirError, match="no value"):
            parse_query("Observation", [("_include", value)])
