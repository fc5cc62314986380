"""fhirpy 2 (Beda Software): the client most Python programs on Aidbox and HAPI use."""

from uuid import uuid4

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from tests.clients.conftest import Server


@pytest.fixture
def client(server: Server) -> SyncFHIRClient:
    return SyncFHIRClient(server.fhir, authorization=f"Bearer {server.feed}")


def test_creates_reads_updates_and_deletes(client: SyncFHIRClient) -> None:
    patient = client.resource("Patient", name=[{"family": "Fhirpy", "given": ["Una"]}], gender="female")
    patient.save()
    read = client.reference("Patient", patient.id).to_resource()
    assert read["name"][0]["family"] == "Fhirpy"
    read["birthDate"] = "1980-02-29"
    read.save()
    assert client.reference("Patient", patient.id).to_resource()["meta"]["versionId"] == "2"
    read.delete()
    with pytest.raises(ResourceNotFound):
        client.reference("Patient", patient.id).to_resource()


def test_patches(client: SyncFHIRClient) -> None:
    patient = client.resource("Patient", name=[{"family": "Patched"}])
    patient.save()
    # Its own patch() sends part of a resource, as Aidbox takes it; R4 has JSON Patch and FHIRPath Patch.
    client.extra_headers = {"Content-Type": "application/json-patch+json"}
    client.execute(f"Patient/{patient.id}", "patch", data=[{"op": "add", "path": "/active", "value": False}])
    assert client.execute(f"Patient/{patient.id}", "get")["active"] is False


def test_updates_conditionally_and_so_creates_once(client: SyncFHIRClient) -> None:
    identifier = {"system": "urn:test:fhirpy", "value": str(uuid4())}
    search = client.resources("Patient").search(identifier=f"{identifier['system']}|{identifier['value']}")
    for expected in (True, False):
        patient, created = search.update(client.resource("Patient", identifier=[identifier], active=expected))
        assert created is expected
        assert patient["active"] is expected


def test_searches_with_includes_chains_and_pages(client: SyncFHIRClient) -> None:
    observations = (
        client.resources("Observation").search(patient__Patient__family="Zhang").include("Observation", "patient")
    )
    page = observations.limit(2).fetch_raw()
    assert [entry["search"]["mode"] for entry in page["entry"]] == ["match", "match", "include"]
    assert len(observations.limit(2).fetch_all()) > 2
    newest = client.resources("Observation").sort("-date").limit(5).fetch()
    dates = [resource["effectiveDateTime"] for resource in newest]
    assert len(dates) == 5
    assert dates == sorted(dates, reverse=True)
    assert client.resources("Patient").has("Observation", "patient", code="8867-4").fetch_all()
    assert client.resources("Patient").search(name__exact="Nobody").count() == 0


def test_what_is_invalid_is_an_operation_outcome(client: SyncFHIRClient) -> None:
    with pytest.raises(OperationOutcome, match="gender"):
        client.resource("Patient", gender="femal").save()
