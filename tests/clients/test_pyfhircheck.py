"""pyfhircheck's own REST plan for R4 servers: no scenario fails, and none is skipped for want of data."""

from pyfhircheck.api_testing import ApiTestOptions, ApiTestStatus, run_api_tests

from tests.clients.conftest import Server


def test_its_base_r4_plan_passes(server: Server) -> None:
    inputs = {"resourceType": "Practitioner", "resourceId": "north-bob", "versionId": "1"}
    options = ApiTestOptions(headers={"Authorization": f"Bearer {server.bob}"}, inputs=inputs)
    report = run_api_tests(server.fhir, "base-r4", options=options)
    wrong = [s.to_dict() for s in report.scenarios if s.status is not ApiTestStatus.PASS]
    assert len(report.scenarios) >= 8
    assert not wrong
