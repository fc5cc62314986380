"""Consents in force as rows, and what Mallory, another hospital, can do with hers."""

import pytest

from medbridge.consent.models import ConsentNode
from medbridge.consent.rules import Row, decide
from medbridge.consent.store import bound, remove, store
from tests.integration.consent.rows import create, visible
from tests.unit.consent.build import consent, reader, row, rule

pytestmark = pytest.mark.django_db

ALICE_AT_H1 = row(patient="alice", custodian="h1")
LOOKALIKE_AT_H2 = row(patient="h2-alice", custodian="h2")
PERMIT = rule("permit", purposes=("TREAT",))


def both_ways(role_hospital: str, shown: Row) -> bool:
    """The compiled condition and the pure rules over the stored rows, which must say the same."""
    by = reader(role_hospital)
    create([shown])
    pairs = [(shown.patient or "", shown.custodian or "")]
    seen = visible(by) == {0}
    assert decide(bound(pairs), by, shown).visible is seen
    return seen


def test_a_new_version_takes_the_place_of_the_last() -> None:
    store(consent(PERMIT), bindings=[("alice", "h1")], version=1)
    store(consent(rule("deny")), bindings=[("alice", "h1")], version=2)
    assert [node.version for node in bound([("alice", "h1")])] == [2]
    assert not both_ways("h2", ALICE_AT_H1)


@pytest.mark.parametrize("status", ["inactive", "entered-in-error"])
def test_a_withdrawn_consent_opens_nothing(status: str) -> None:
    store(consent(PERMIT), bindings=[("alice", "h1")], version=1)
    store(consent(PERMIT, status=status), bindings=[("alice", "h1")], version=2)
    assert not both_ways("h2", ALICE_AT_H1)


def test_a_removed_consent_leaves_the_others() -> None:
    for name in ("K1", "K2"):
        store(consent(PERMIT, id=name), bindings=[("alice", "h1")], version=1)
    remove("K1")
    assert set(ConsentNode.objects.values_list("consent", flat=True)) == {"K2"}


def test_alices_own_consent_binds_each_patient_her_account_is_verified_for() -> None:
    store(consent(PERMIT), bindings=[("alice", "h1"), ("alice-3", "h3")], version=1)
    assert both_ways("h2", row(patient="alice-3", custodian="h3"))


def test_mallorys_consent_to_everything_opens_nothing_of_others() -> None:
    store(consent(rule("permit"), id="M1"), bindings=[("h2-alice", "h2")], version=1)
    assert not both_ways("h2", ALICE_AT_H1)


def test_mallorys_consent_naming_alices_patient_binds_only_what_mallory_holds() -> None:
    store(consent(rule("permit"), id="M1"), bindings=[("alice", "h2")], version=1)
    assert not both_ways("h2", ALICE_AT_H1)


def test_mallorys_deny_hides_nothing_of_others() -> None:
    store(consent(PERMIT), bindings=[("alice", "h1")], version=1)
    store(consent(rule("deny"), id="M2"), bindings=[("h2-alice", "h2"), ("alice", "h2")], version=1)
    assert both_ways("h3", ALICE_AT_H1)


def test_mallorys_consent_rules_over_her_own_rows() -> None:
    store(consent(rule("permit"), id="M1"), bindings=[("h2-alice", "h2")], version=1)
    assert both_ways("h1", LOOKALIKE_AT_H2)
