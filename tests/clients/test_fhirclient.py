"""fhirclient 4 (SMART Health IT), typed models of R4."""

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRServer

from tests.clients.conftest import Server


class Bearer:
    """What fhirclient's own OAuth2 class does once it holds a token; the SMART launch itself is tested elsewhere."""

    def __init__(self, token: str) -> None:
        self.ready, self.token = True, token

    def signed_headers(self, headers: dict[str, str] | None) -> dict[str, str]:
        return {**(headers or {}), "Authorization": f"Bearer {self.token}"}

    def can_sign_headers(self) -> bool:
        return True


@pytest.fixture
def remote(server: Server) -> FHIRServer:
    client = FHIRClient(settings={"app_id": "tests", "api_base": server.fhir})
    client.server.auth = Bearer(server.feed)
    return client.server


def test_creates_reads_updates_and_deletes(remote: FHIRServer) -> None:
    patient = Patient({"name": [{"family": "Typed", "given": ["Ida"]}], "birthDate": "1971-03-01"})
    made = patient.create(remote)
    read = Patient.read(made["id"], remote)
    assert read.birthDate.isostring == "1971-03-01"
    read.active = True
    assert read.update(remote)["meta"]["versionId"] == "2"
    read.delete()


def test_searches_typed_and_follows_the_pages(remote: FHIRServer) -> None:
    search = Observation.where({"patient.family": "Zhang", "_count": "3"})
    found = list(search.perform_resources_iter(remote))
    assert len(found) > 3
    assert all(isinstance(item, Observation) for item in found)


def test_reads_the_capability_statement(remote: FHIRServer) -> None:
    remote.get_capability(force=True)
    assert remote._capability.fhirVersion == "4.0.1"
