"""Access records as IHE BALP means them: who, by which machine, about whom, and which consent decided."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from medbridge.actions.commit_accesses import commit_accesses
from medbridge.audit.models import Access
from medbridge.evidence import receipts
from medbridge.fhir.validate import issues
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
ALICE = "Patient/north-alice"
PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."


@pytest.fixture
def opened(feed: Voice, bob: Voice) -> None:
    feed.put(ALICE, build.patient("north-alice"))
    feed.put("Observation/north-o", build.observation(ALICE, "north-o"))
    feed.put("Consent/north-c", build.consent(ALICE, id="north-c", actor=build.actor("Organization/renji")))
    bob.get("Observation/north-o", X_Request_Id="round-7")
    bob.get("Observation?patient=north-alice")
    bob.get("Patient/north-alice/$everything")


def events(voice: Voice, username: str) -> dict[str, Any]:
    """The newest of each kind."""
    found = [each["resource"] for each in voice.get("AuditEvent?_count=100").json()["entry"]]
    mine = [each for each in found if any(agent.get("name") == username for agent in each["agent"])]
    return {each["subtype"][0]["code"]: each for each in reversed(mine)}


def of_type(event: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [each for each in event["entity"] if each["type"]["code"] == code]


def test_each_kind_names_its_pattern(opened: None, alice: Voice, voice: Callable[..., Voice]) -> None:
    read, pushed = events(alice, "bob"), events(alice, "north-feed")
    found = {kind: each["meta"]["profile"] for kind, each in {**read, **pushed}.items()}
    assert found == {
        "read": [f"{PROFILES}PatientRead"],
        "search": [f"{PROFILES}PatientQuery"],
        "everything": [f"{PROFILES}PatientQuery"],
        "update": [f"{PROFILES}PatientUpdate"],
    }
    assert all(issues(each) == [] for each in [*read.values(), *pushed.values()])


def test_it_has_user_client_and_server(opened: None, alice: Voice) -> None:
    user, client, server = events(alice, "bob")["read"]["agent"]
    assert (user["requestor"], user["purposeOfUse"][0]["coding"][0]["code"]) == (True, "TREAT")
    assert client["network"] == {"address": "127.0.0.1", "type": "2"}
    assert [each["type"]["coding"][0]["code"] for each in (user, client, server)] == ["IRCP", "110152", "110153"]


def test_it_names_the_request_the_version_and_the_consent(opened: None, alice: Voice) -> None:
    read = events(alice, "bob")["read"]
    assert of_type(read, "XrequestId")[0]["what"]["identifier"]["value"] == "round-7"
    assert of_type(read, "2")[0]["what"]["reference"] == "Observation/north-o/_history/1"
    [consent] = of_type(read, "Consent")
    assert consent["what"]["reference"] == "Consent/north-c/_history/1"
    assert [each["valueString"] for each in consent["detail"]] == ["provision", "permit"]


def test_a_search_names_its_query_and_what_it_gave(opened: None, alice: Voice) -> None:
    search = events(alice, "bob")["search"]
    assert b64decode(of_type(search, "2")[0]["query"]) == b"Observation?patient=north-alice"
    assert [each["what"]["reference"] for each in of_type(search, "Observation")] == ["Observation/north-o/_history/1"]
    assert [each["what"]["reference"] for each in of_type(search, "Consent")] == ["Consent/north-c/_history/1"]


def test_the_decision_is_an_event_of_its_own_inside(opened: None, alice: Voice) -> None:
    [decision] = events(alice, "bob")["read"]["contained"]
    assert decision["meta"]["profile"] == [f"{PROFILES}AuthZconsent"]
    assert (decision["outcome"], decision["subtype"][0]["code"]) == ("0", "AuthZ-Consent")


def test_a_refusal_names_the_consent_that_refused(opened: None, feed: Voice, bob: Voice, alice: Voice) -> None:
    denied = build.consent(ALICE, id="north-d", permit=False, actor=build.actor("Practitioner/bob"))
    feed.put("Consent/north-d", denied)
    assert bob.get("Observation/north-o").status_code == 404
    read = events(alice, "bob")["read"]
    assert (read["outcome"], "profile" in read["meta"]) == ("4", False)
    assert [each["what"]["reference"] for each in of_type(read, "Consent")] == ["Consent/north-d/_history/1"]
    assert read["contained"][0]["outcome"] == "4"


def test_it_says_what_held_then_and_not_what_holds_now(opened: None, feed: Voice, alice: Voice) -> None:
    before = events(alice, "bob")["read"]
    feed.put("Consent/north-c", build.consent(ALICE, id="north-c", permit=False))
    assert events(alice, "bob")["read"] == before


def test_a_search_says_the_same_by_a_token_that_is_known(opened: None, bob: Voice, alice: Voice) -> None:
    """Another statement writes that record."""
    first = events(alice, "bob")["search"]
    bob.get("Observation?patient=north-alice")
    again = events(alice, "bob")["search"]
    assert first["id"] != again["id"]
    assert [each for each in first["entity"] if each["type"]["code"] != "XrequestId"] == [
        each for each in again["entity"] if each["type"]["code"] != "XrequestId"
    ]


def test_of_many_versions_some_are_named_and_all_are_counted(
    opened: None, feed: Voice, bob: Voice, alice: Voice
) -> None:
    for number in range(60):
        feed.put(f"Observation/north-{number}", build.observation(ALICE, f"north-{number}"))
    bob.get("Patient/north-alice/$everything")
    everything = events(alice, "bob")["everything"]
    named = [each for each in everything["entity"] if "/_history/" in each.get("what", {}).get("reference", "")]
    assert len(named) == 51  # and the consent that decided
    [rest] = of_type(everything, "versions")
    assert rest["what"]["display"] == f"{Access.objects.filter(action='everything').latest('id').count} versions"


@pytest.mark.parametrize("change", ["username = 'nobody'", "versions = '{1}'", "state = NULL", "allowed = FALSE"])
def test_an_altered_row_no_longer_fits_its_commitment(opened: None, alice: Voice, change: str) -> None:
    """By whoever may switch triggers off: what the log holds is the hash of what the record said."""
    commit_accesses(at=timezone.now())
    event = events(alice, "bob")["search"]["id"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_access DISABLE TRIGGER audit_access_append_only")
        assert receipts.altered([(f"AuditEvent/{event}", alice.get(f"AuditEvent/{event}").content)]) == []
        cursor.execute(f"UPDATE audit_access SET {change} WHERE id = %s", [event])
        cursor.execute("ALTER TABLE audit_access ENABLE TRIGGER audit_access_append_only")
    subject = f"AuditEvent/{event}"
    assert receipts.altered([(subject, alice.get(subject).content)]) == [subject]


def test_no_door_changes_a_record(opened: None, alice: Voice, feed: Voice, voice: Callable[..., Voice]) -> None:
    event = events(alice, "bob")["read"]
    for who in (alice, feed, voice("carol"), voice("bob")):
        assert who.put(f"AuditEvent/{event['id']}", event).status_code in (403, 404, 405)
        assert who.delete(f"AuditEvent/{event['id']}").status_code in (403, 404, 405)
        assert who.patch(f"AuditEvent/{event['id']}", []).status_code in (400, 403, 404, 405, 415, 422)
    assert events(alice, "bob")["read"] == event
