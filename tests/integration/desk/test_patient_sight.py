"""Alice at her desk: who can see her records, and what a decision would change before she takes it."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.audit.models import Access
from medbridge.consent.models import ConsentNode
from medbridge.desk.words import RULES
from tests import build
from tests.integration.conftest import Voice
from tests.integration.desk.conftest import Visitor

Visit = Callable[[str], Visitor]
CHOICE: dict[str, Any] = {"decision": "permit", "hospital": "renji", "purposes": ["TREAT"]}


def test_she_sees_what_each_hospital_sees(records: Voice, visit: Visit) -> None:
    page = visit("alice").see("patient/sight")
    assert "North Bay General Hospital sees 2 of 2" in page
    assert "Renji East Hospital sees 0 of 2" in page
    assert "The hospital recorded it itself, and no consent says otherwise." in page
    assert "No consent opens it." in page


def test_the_consent_that_decides_is_named(records: Voice, visit: Visit) -> None:
    records.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c",
                                                 actor=build.actor("Organization/renji")))  # fmt: skip
    page = visit("alice").see("patient/sight")
    assert "Renji East Hospital sees 3 of 3" in page
    assert "A consent allows it, recorded by North Bay General Hospital. Consent/north-c · 1 · provision" in page


def test_a_practitioner_whom_a_consent_names_is_listed_by_name(records: Voice, visit: Visit) -> None:
    alice = visit("alice")
    alice.do("patient/consents/grant", **CHOICE, practitioner="Practitioner/bob")
    page = alice.see("patient/sight")
    assert "Bob, Renji East Hospital sees 2 of 3" in page  # what she decided herself is hers alone
    assert "Renji East Hospital sees 0 of 3" in page


def test_another_purpose_is_a_link_away(records: Voice, visit: Visit) -> None:
    page = visit("alice").see("patient/sight", purpose="BTG")
    assert "North Bay General Hospital sees 0 of 2" in page
    assert "Only the emergency group may break the glass." in page
    assert visit("alice").see("patient/sight", purpose="<x>")


def test_a_grant_is_previewed_and_not_saved(records: Voice, visit: Visit, bob: Voice) -> None:
    page = visit("alice").do("patient/consents/preview", **CHOICE)
    assert "This opens 2 records to Renji East Hospital." in page
    assert "Measurements and results (1), Personal details (1) · Treatment" in page
    assert not ConsentNode.objects.exists()
    assert bob.get("Observation/north-o1").status_code == 404


def test_a_deny_is_previewed_as_what_it_hides(records: Voice, visit: Visit) -> None:
    choice = {"decision": "deny", "hospital": "north", "kinds": ["Observation"]}
    assert "This hides one record from North Bay General Hospital." in visit("alice").do(
        "patient/consents/preview", **choice
    )


def test_what_changes_nothing_says_so(records: Voice, visit: Visit) -> None:
    page = visit("alice").do("patient/consents/preview", **CHOICE, start="2990-01-01")
    assert "Nothing: nobody would see more or less" in page


def test_a_preview_that_makes_no_sense_is_asked_again(records: Voice, visit: Visit) -> None:
    page = visit("alice").do("patient/consents/preview", status=400, decision="permit")
    assert "Choose whom you let see your records" in page


def test_a_revocation_is_previewed(records: Voice, visit: Visit, bob: Voice) -> None:
    alice = visit("alice")
    alice.do("patient/consents/grant", **CHOICE)
    consent = alice.client.get("/desk/patient/consents").context["consents"][0].id
    assert "This hides 2 records from Renji East Hospital." in alice.see(f"patient/consents/{consent}/preview")
    assert bob.get("Observation/north-o1").status_code == 200


def test_what_is_not_her_own_is_not_previewed(records: Voice, visit: Visit) -> None:
    records.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c"))
    visit("alice").see("patient/consents/north-c/preview", 404)
    visit("alice").see("patient/consents/nowhere/preview", 404)


def test_what_is_previewed_happens(records: Voice, visit: Visit, bob: Voice) -> None:
    alice = visit("alice")
    opened = alice.client.post("/desk/patient/consents/preview", CHOICE).context["effects"]
    alice.do("patient/consents/grant", **CHOICE)
    found = len(bob.ids("Observation?patient=north-alice")) + len(bob.ids("Patient?_id=north-alice"))
    assert [(each.opened, each.count) for each in opened] == [(True, found)]


def test_each_look_and_each_trial_is_recorded(records: Voice, visit: Visit) -> None:
    alice = visit("alice")
    alice.see("patient/sight")
    alice.do("patient/consents/preview", **CHOICE)
    found = Access.objects.filter(patient="north-alice", username="alice").values_list("action", flat=True)
    assert {"who-can-see", "preview"} <= set(found)
    assert "asked who can see the records" in alice.see("patient/accesses", show="all")


@pytest.mark.parametrize("name", ["bob", "carol", "dana"])
def test_the_page_belongs_to_the_patient(records: Voice, visit: Visit, name: str) -> None:
    visit(name).see("patient/sight", 403)


def test_the_rules_reasons_have_words(records: Voice, visit: Visit) -> None:
    page = visit("alice").see("patient/sight")
    assert not any(reason in page for reason in RULES)
