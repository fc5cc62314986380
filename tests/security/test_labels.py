"""Labels as records come in, over HTTP: what is hidden stays hidden in documents, histories and after a deletion."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.consent.models import ConsentNode
from medbridge.records.models import Current
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

HIV = [{"system": f"{build.THO}/v3-ActCode", "code": "HIV"}]
ALICE = {"reference": "Patient/north-alice"}
VIRAL_LOAD = {"coding": [{"system": build.LOINC, "code": "20447-9"}]}


@pytest.fixture
def north(feed: Voice) -> Voice:
    """Alice's hospital, which shares all but what concerns HIV."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    deny = {"type": "deny", "securityLabel": HIV}
    feed.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c", provision=[deny]))
    return feed


def labels(id: str) -> list[str]:
    return Current.objects.get(id=id).labels


def observation(id: str, **elements: Any) -> dict[str, Any]:
    return build.observation("Patient/north-alice", id, **elements)


def report(id: str, *results: str) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport", "id": id, "status": "final", "subject": ALICE, "code": {"text": "Blood"},
        "result": [{"reference": result} for result in results],
    }  # fmt: skip


def test_a_code_of_the_table_labels_what_its_sender_did_not(north: Voice, bob: Voice) -> None:
    north.put("Observation/north-o", observation("north-o", code=VIRAL_LOAD))
    assert labels("north-o") == ["R+", "HIV"]
    assert bob.get("Observation/north-o").status_code == 404
    assert "security" not in north.get("Observation/north-o").json()["meta"]


def test_a_resource_inside_another_labels_the_whole(north: Voice, bob: Voice) -> None:
    inside = build.observation("Patient/north-alice", "c", code=VIRAL_LOAD)
    north.put("Observation/north-o", observation("north-o", contained=[inside], hasMember=[{"reference": "#c"}]))
    assert bob.ids("Observation?patient=north-alice") == []


@pytest.mark.parametrize("together", [True, False], ids=["in one transaction", "a message later"])
def test_a_report_is_as_sensitive_as_its_results(north: Voice, bob: Voice, together: bool) -> None:
    result = observation("north-o", meta={"security": HIV})
    listed = {
        "resourceType": "List", "id": "north-l", "status": "current", "mode": "working", "subject": ALICE,
        "entry": [{"item": {"reference": "DiagnosticReport/north-r"}}],
    }  # fmt: skip
    bodies = (listed, report("north-r", "Observation/north-o"), result)
    if together:
        assert north.post("", build.transaction(*bodies)).status_code == 200
    else:
        for body in reversed(bodies):
            assert north.put(f"{body['resourceType']}/{body['id']}", body).status_code == 201
    assert labels("north-r") == labels("north-l") == ["R+", "HIV"]
    assert bob.get("DiagnosticReport/north-r").status_code == bob.get("List/north-l").status_code == 404


def test_what_was_written_of_it_is_as_sensitive(north: Voice, bob: Voice) -> None:
    assert north.post("", build.transaction(observation("north-o", meta={"security": HIV}))).status_code == 200
    assert bob.ids("Provenance?patient=north-alice") == []


def test_a_label_governs_the_versions_before_it_and_a_deletion(north: Voice, bob: Voice) -> None:
    north.put("Observation/north-o", observation("north-o"))
    assert bob.get("Observation/north-o/_history/1").status_code == 200
    north.put("Observation/north-o", observation("north-o", meta={"security": HIV}))
    assert bob.get("Observation/north-o/_history/1").status_code == 404
    north.delete("Observation/north-o")
    for url in ("Observation/north-o", "Observation/north-o/_history", "Observation/north-o/_history/1"):
        assert bob.get(url).status_code == 404


def test_a_patch_labels_anew(north: Voice, bob: Voice) -> None:
    north.put("Observation/north-o", observation("north-o"))
    patch = [{"op": "add", "path": "/meta/security", "value": HIV}]
    answer = north.client.patch("/fhir/Observation/north-o", patch, content_type="application/json-patch+json")
    assert answer.status_code == 200, answer.content
    assert bob.get("Observation/north-o").status_code == 404


def test_no_label_can_be_felt_for_by_a_search(north: Voice, bob: Voice) -> None:
    north.put("Observation/north-o", observation("north-o", meta={"security": HIV}))
    for url in ("Observation?_security=HIV", "Patient?_has:Observation:patient:_security=HIV", "Observation?_count=0"):
        assert bob.get(f"{url}&_total=accurate").json()["total"] == 0


def test_a_label_that_no_column_can_hold_is_no_fault_of_the_server(north: Voice) -> None:
    odd = [{"system": "http://x.example/" + "y" * 3000, "code": "{\"',"}]
    assert north.put("Observation/north-o", observation("north-o", meta={"security": odd})).status_code in (201, 400)


def test_a_backdated_permit_does_not_come_before_a_deny(north: Voice, bob: Voice) -> None:
    north.put("Observation/north-o", observation("north-o"))
    north.put("Consent/north-d", build.consent("Patient/north-alice", id="north-d", permit=False))
    old = build.consent("Patient/north-alice", id="north-old", period={"start": "1999-01-01"})
    north.put("Consent/north-old", {**old, "dateTime": "1999-01-01", "meta": {"lastUpdated": "1999-01-01T00:00:00Z"}})
    assert bob.ids("Observation?patient=north-alice") == []


def test_what_another_replays_or_edits_changes_no_rule(north: Voice, voice: Callable[..., Voice]) -> None:
    """The signed bytes of a consent since withdrawn, sent again; the consent in force with its provision changed."""
    signed = north.get("Consent/north-c").json()
    withdrawn = {**signed, "status": "inactive"}
    north.put("Consent/north-c", withdrawn)
    mallory = voice("mallory-feed")
    for body in (signed, {**signed, "provision": {"type": "permit"}}):
        assert mallory.put("Consent/north-c", body).status_code in (403, 404, 422)
        assert mallory.post("Consent", body).status_code == 422
    assert not ConsentNode.objects.exists()
