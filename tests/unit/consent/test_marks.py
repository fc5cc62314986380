"""Codes, references and authors: a permit asks strictly, a deny takes whatever may be meant."""

from typing import Any

import pytest

from tests.unit.consent.build import consent, reader, row, rule, sees

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
BOB = {"reference": "Practitioner/bob"}


def concept(code: str, system: str = LOINC) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def opened(of: dict[str, Any], **condition: Any) -> bool:
    return sees(consent(rule("permit", **condition)), by=reader(), of=row(of=of))


def hidden(of: dict[str, Any], **condition: Any) -> bool:
    return not sees(consent(rule("permit", rule("deny", **condition))), by=reader(), of=row(of=of))


def data(meaning: str, reference: str) -> list[dict[str, Any]]:
    return [{"meaning": meaning, "reference": {"reference": reference}}]


@pytest.mark.parametrize("element", ["code", "vaccineCode", "medicationCodeableConcept", "type"])
def test_a_permit_by_code_opens_what_the_record_is(element: str) -> None:
    assert opened({element: concept("1")}, code=[concept("1")])
    assert not opened({element: concept("1", SNOMED)}, code=[concept("1")])
    assert not opened({element: {"coding": [{"code": "1"}]}}, code=[concept("1")])


@pytest.mark.parametrize(
    "of",
    [
        {"code": concept("1")},
        {"code": {"coding": [{"code": "1"}]}},
        {"code": concept("1", "urn:oid:2.16.840.1.113883.6.1")},
        {"valueCodeableConcept": concept("1")},
        {"component": [{"code": concept("1")}]},
        {"contained": [{"resourceType": "Condition", "code": concept("1")}]},
    ],
)
def test_a_deny_by_code_hides_it_wherever_it_stands(of: dict[str, Any]) -> None:
    assert hidden(of, code=[concept("1")])
    assert of == {"code": concept("1")} or not opened(of, code=[concept("1")])


def test_another_code_is_not_hidden() -> None:
    assert not hidden({"code": concept("2")}, code=[concept("1")])


@pytest.mark.parametrize(
    "of",
    [{"performer": [BOB]}, {"author": [BOB]}, {"recorder": BOB}, {"requester": BOB}, {"performer": [{"actor": BOB}]}],
)
def test_who_made_it(of: dict[str, Any]) -> None:
    assert opened(of, data=data("authoredby", "Practitioner/bob"))
    assert hidden(of, data=data("authoredby", "Practitioner/bob"))
    assert not opened(of, data=data("authoredby", "Practitioner/carol"))
    assert not hidden(of, data=data("authoredby", "Practitioner/carol"))


@pytest.mark.parametrize(
    "of",
    [
        {"resourceType": "MedicationRequest", "performer": BOB},
        {"performer": [{"actor": {"reference": "Practitioner/carol"}, "onBehalfOf": BOB}]},
        {"participant": [{"individual": BOB}]},
        {"contained": [{"resourceType": "Observation", "performer": [BOB]}]},
    ],
)
def test_who_has_some_part_in_it_is_hidden_and_not_opened(of: dict[str, Any]) -> None:
    assert hidden(of, data=data("authoredby", "Practitioner/bob"))
    assert not opened(of, data=data("authoredby", "Practitioner/bob"))


@pytest.mark.parametrize(
    "author",
    [{"reference": "PractitionerRole/r"}, {"reference": "CareTeam/t"}, {"reference": "#p"}, {"display": "Dr Bob"},
     {"identifier": {"value": "7"}}, {"reference": "urn:uuid:0190163c-0000-7000-8000-000000000000"}],
)  # fmt: skip
def test_an_author_who_cannot_be_compared_may_be_the_one_denied(author: dict[str, Any]) -> None:
    assert hidden({"author": [author]}, data=data("authoredby", "Practitioner/bob"))
    assert not opened({"author": [author]}, data=data("authoredby", "Practitioner/bob"))


def test_dependents_are_what_refers_to_it() -> None:
    of = {"encounter": {"reference": "Encounter/e/_history/2"}}
    for judged in (opened, hidden):
        assert judged(of, data=data("dependents", "Encounter/e"))
        assert not judged(of, data=data("dependents", "Encounter/f"))


def test_related_is_what_it_refers_to_and_for_a_deny_also_what_refers_to_it() -> None:
    permit, deny = (rule(type, data=data("related", "Encounter/e")) for type in ("permit", "deny"))
    target, dependent = row(referrers=("Encounter/e",)), row(of={"encounter": {"reference": "Encounter/e"}})
    assert sees(consent(permit), by=reader(), of=target)
    assert not sees(consent(permit), by=reader(), of=dependent)
    assert not sees(consent(rule("permit", deny)), by=reader(), of=target)
    assert not sees(consent(rule("permit", deny)), by=reader(), of=dependent)


def test_the_patient_of_a_denied_encounter_is_not_hidden() -> None:
    deny = rule("deny", data=data("related", "Encounter/e"))
    alice = row("Patient", "alice", referrers=("Encounter/e",))
    assert sees(consent(rule("permit", deny)), by=reader(), of=alice)


@pytest.mark.parametrize("meaning", ["instance", "related", "dependents"])
def test_the_record_itself_is_meant_too(meaning: str) -> None:
    permit = consent(rule("permit", data=data(meaning, "Encounter/e")))
    assert sees(permit, by=reader(), of=row("Encounter", "e"))
