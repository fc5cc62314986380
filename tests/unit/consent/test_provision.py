"""Conditions outside this cut fail closed: such a permit opens nothing, such a deny applies without them."""

from typing import Any

import pytest

from medbridge.consent.purpose import ACT_REASON
from medbridge.consent.rules import nodes
from tests.unit.consent.build import actor, consent, reader, row, rule, sees


def data(meaning: str, reference: str) -> dict[str, Any]:
    return {"meaning": meaning, "reference": {"reference": reference}}


OUTSIDE: dict[str, dict[str, Any]] = {
    "security label without its system": {"securityLabel": [{"code": "R"}]},
    "clinical code in words": {"code": [{"text": "HIV"}]},
    "data on another server": {"data": [data("related", "https://x.example/fhir/Encounter/e2")]},
    "data of a meaning that R4 does not know": {"data": [data("near", "Encounter/e2")]},
    "action collect": {"action": [{"coding": [{"code": "collect"}]}]},
    "actor by role": {"actor": [actor("PractitionerRole/r1")]},
    "actor a relative": {"actor": [actor("RelatedPerson/r1")]},
    "actor a device": {"actor": [actor("Device/d1")]},
    "actor on another server": {"actor": [actor("https://other.example/fhir/Organization/h2")]},
    "actor as data custodian": {"actor": [actor("Organization/h2", role="CST")]},
    "class of documents": {"class": [{"system": "urn:ietf:bcp:13", "code": "application/hl7-cda+xml"}]},
    "class of anything": {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Resource"}]},
    "purpose unknown to ActReason": {"purpose": [{"system": ACT_REASON, "code": "X"}]},
    "purpose with a NUL, which PostgreSQL cannot hold": {"purpose": [{"system": "x", "code": "A\x00"}]},
    "period without ends": {"period": {"extension": []}},
    "data period that is no date": {"dataPeriod": {"start": "last spring"}},
    "modifier extension": {"modifierExtension": [{"url": "http://mallory.example/not"}]},
    "modifier extension of an actor": {"actor": [{**actor("Organization/h2"), "modifierExtension": [{"url": "x"}]}]},
    "element of a later release": {"expression": "true"},
}  # fmt: skip


@pytest.mark.parametrize("condition", OUTSIDE.values(), ids=OUTSIDE)
def test_a_permit_under_such_a_condition_opens_nothing(condition: dict[str, Any]) -> None:
    assert not sees(consent({**rule("permit"), **condition}), by=reader(), of=row())


@pytest.mark.parametrize("condition", OUTSIDE.values(), ids=OUTSIDE)
def test_a_deny_under_such_a_condition_denies_without_it(condition: dict[str, Any]) -> None:
    assert not sees(consent(rule("permit", {**rule("deny"), **condition})), by=reader(), of=row())


@pytest.mark.parametrize("condition", OUTSIDE.values(), ids=OUTSIDE)
def test_a_deny_keeps_its_other_conditions(condition: dict[str, Any]) -> None:
    elsewhere = {**condition, **({} if "actor" in condition else {"actor": [actor("Organization/h9")]})}
    deny = {**rule("deny", period={"end": "2020"}), **elsewhere}
    if "period" not in condition:
        assert sees(consent(rule("permit", deny)), by=reader(), of=row())


def test_of_alternatives_a_permit_keeps_those_it_understands() -> None:
    mixed = [actor("Organization/h2"), actor("Device/d1")]
    assert sees(consent(rule("permit", actor=mixed)), by=reader("h2"), of=row())
    assert not sees(consent(rule("permit", actor=mixed)), by=reader("h3"), of=row())


def test_of_alternatives_a_deny_must_understand_all() -> None:
    mixed = [actor("Organization/h9"), actor("Device/d1")]
    assert not sees(consent(rule("permit", rule("deny", actor=mixed))), by=reader("h2"), of=row())


@pytest.mark.parametrize("code", ["adr", "treatment"])
def test_a_consent_to_be_treated_opens_no_record(code: str) -> None:
    assert not sees(consent(rule("permit"), scope={"coding": [{"code": code}]}), by=reader(), of=row())


@pytest.mark.parametrize("element", ["modifierExtension", "implicitRules"])
def test_a_consent_under_rules_not_known_opens_no_record(element: str) -> None:
    assert not sees(consent(rule("permit"), **{element: "x"}), by=reader(), of=row())


def test_a_consent_to_collect_and_to_access_is_one_to_access() -> None:
    actions = [{"coding": [{"code": "collect"}]}, {"coding": [{"code": "access"}]}]
    assert sees(consent(rule("permit", action=actions)), by=reader(), of=row())


def test_an_instance_may_name_a_version() -> None:
    deny = rule("deny", instances=("Observation/o1/_history/3",))
    assert not sees(consent(rule("permit", deny)), by=reader(), of=row())
    assert sees(consent(rule("permit", deny)), by=reader(), of=row(id="o2"))


def test_each_binding_has_every_provision_with_its_path() -> None:
    tree = consent(rule("permit", rule("deny", rule("permit")), rule("deny")))
    found = nodes(tree, bindings=[("alice", "h1"), ("alice", "h1"), ("a2", "h2")], version=4)
    assert [(n.patient, n.path, n.depth) for n in found if n.custodian == "h2"] == [
        ("a2", "provision", 0),
        ("a2", "provision.provision[0]", 1),
        ("a2", "provision.provision[0].provision[0]", 2),
        ("a2", "provision.provision[1]", 1),
    ]
    assert len(found) == 8
    assert {n.version for n in found} == {4}


@pytest.mark.parametrize("broken", [{"provision": []}, {"provision": "x"}, {"provision": {"type": 3, "actor": "x"}}])
def test_a_provision_of_the_wrong_shape_opens_nothing(broken: dict[str, Any]) -> None:
    assert not sees({**consent(None), **broken}, by=reader(), of=row())


@pytest.mark.parametrize("claim", ["PractitionerRole/r1", "CareTeam/t1", "RelatedPerson/p1", "Device/d1"])
def test_a_permit_opens_to_who_claims_the_role_or_the_team(claim: str) -> None:
    opened = consent(rule("permit", actor=[actor(claim)]))
    assert sees(opened, by=reader("h2", groups=(claim,)), of=row())
    assert not sees(opened, by=reader("h2", groups=("Group/other",)), of=row())


def test_a_deny_of_a_team_hides_from_everybody() -> None:
    """Its members are known only as far as their accounts say so."""
    denied = consent(rule("permit", rule("deny", actor=[actor("CareTeam/t1")])))
    assert not sees(denied, by=reader("h2"), of=row())
