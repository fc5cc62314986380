"""Search within a compartment (FHIR R4 compartmentdefinition.html): GET [compartment]/[id]/[type]."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    for name in ("alice", "eve"):
        feed.put(f"Patient/north-{name}", build.patient(f"north-{name}"))
        feed.put(f"Observation/north-{name[0]}", build.observation(f"Patient/north-{name}", f"north-{name[0]}"))
    return feed


def test_only_what_is_in_the_compartment_comes(stocked: Voice) -> None:
    assert stocked.ids("Patient/north-alice/Observation") == ["Observation/north-a"]
    assert stocked.ids("Patient/north-alice/Observation?code=718-7") == ["Observation/north-a"]
    assert stocked.ids("Patient/north-alice/Observation?code=x") == []


def test_by_post_it_is_the_same(stocked: Voice) -> None:
    form = "application/x-www-form-urlencoded"
    found = stocked.client.post("/fhir/Patient/north-alice/Observation/_search", b"code=718-7", form).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["north-a"]


def test_its_links_stay_within_it(stocked: Voice) -> None:
    stocked.put("Observation/north-b", build.observation("Patient/north-alice", "north-b"))
    page = stocked.get("Patient/north-alice/Observation?_count=1").json()
    links = {link["relation"]: link["url"] for link in page["link"]}
    assert all("/fhir/Patient/north-alice/Observation?" in url for url in links.values())
    assert stocked.ids(links["next"].partition("/fhir/")[2]) == ["Observation/north-b"]


@pytest.mark.parametrize("path", ["Patient/x/Organization", "Patient/x/Nothing", "Device/x/Patient"])
def test_a_type_that_is_in_no_such_compartment_is_400(stocked: Voice, path: str) -> None:
    assert stocked.get(path).status_code == 400


def test_a_hidden_compartment_is_an_empty_one(stocked: Voice, voice: Callable[..., Voice]) -> None:
    mallory = voice("mallory")
    hidden, absent = (mallory.get(f"Patient/north-{name}/Observation?_total=accurate") for name in ("alice", "nobod"))
    assert hidden.status_code == absent.status_code == 200
    assert hidden.content == absent.content.replace(b"nobod", b"alice")


def test_a_patients_access_records_are_in_her_compartment(stocked: Voice, alice: Voice) -> None:
    found = alice.ids("Patient/north-alice/AuditEvent")
    assert found == alice.ids("AuditEvent?patient=north-alice")[-len(found) :] != []
    assert alice.get("Device/x/AuditEvent").status_code == 400


def test_the_statement_names_the_compartments(client: Any) -> None:
    rest = client.get("/fhir/metadata").json()["rest"][0]
    assert "http://hl7.org/fhir/CompartmentDefinition/patient" in rest["compartment"]
    assert len(rest["compartment"]) == 5
