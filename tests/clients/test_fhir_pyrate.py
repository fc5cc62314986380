"""fhir-pyrate (UME Essen): searches into pandas tables."""

import pytest
import requests
from fhir_pyrate import Pirate

from tests.clients.conftest import Server


@pytest.fixture
def pirate(server: Server) -> Pirate:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {server.bob}"
    return Pirate(server.fhir, auth=session, num_processes=1, disable_multiprocessing_requests=True,
                  disable_multiprocessing_build=True)  # fmt: skip


def test_counts_what_the_pages_then_hold(pirate: Pirate) -> None:
    asked = {"_count": 5, "_sort": "_id"}
    table = pirate.steal_bundles_to_dataframe(
        "Observation", asked, fhir_paths=[("id", "id"), ("code", "code.coding.code")]
    )
    assert len(table) == pirate.get_bundle_total("Observation", {"_total": "accurate"}) > 5
    assert table["id"].is_unique


def test_follows_a_column_into_another_search(pirate: Pirate) -> None:
    patients = pirate.steal_bundles_to_dataframe("Patient", {}, fhir_paths=[("patient", "id")])
    conditions = pirate.trade_rows_for_dataframe(
        patients, "Condition", df_constraints={"patient": "patient"}, fhir_paths=[("condition", "id")]
    )
    assert len(conditions) > 0
