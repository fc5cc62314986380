"""$validate against the profiles of loaded packages, over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest

from medbridge.actions.load_package import load_package
from tests import build
from tests.integration.api.test_validate import ALL_OK, issues, parameters
from tests.integration.conftest import Voice
from tests.integration.packages import published

pytestmark = pytest.mark.django_db
PATIENT = f"{published.US_CORE}/us-core-patient"


@pytest.fixture
def us_core(db: None) -> None:
    with published.path(published.US_CORE_7).open("rb") as file:
        load_package(at=datetime(2026, 11, 23, tzinfo=UTC), file=file)


def nameless(**elements: Any) -> dict[str, Any]:
    alice = build.patient(**elements)
    del alice["name"]
    return alice


NO_NAME = ("error", "required", "Patient.name")


@pytest.mark.usefixtures("us_core")
def test_a_resource_that_meets_the_profile_is_all_ok(feed: Voice) -> None:
    assert issues(feed.post(f"Patient/$validate?profile={PATIENT}", build.patient())) == ALL_OK


@pytest.mark.usefixtures("us_core")
def test_what_the_profile_misses_is_named(feed: Voice) -> None:
    assert issues(feed.post("Patient/$validate", nameless())) == ALL_OK
    assert issues(feed.post(f"Patient/$validate?profile={PATIENT}", nameless())) == [NO_NAME]


@pytest.mark.usefixtures("us_core")
def test_the_profile_may_be_a_parameter(feed: Voice) -> None:
    asked = parameters(resource=nameless())
    asked["parameter"].append({"name": "profile", "valueUri": PATIENT})
    assert issues(feed.post("Patient/$validate", asked)) == [NO_NAME]


@pytest.mark.usefixtures("us_core")
def test_the_profiles_a_resource_claims_are_judged(feed: Voice) -> None:
    assert issues(feed.post("Patient/$validate", nameless(meta={"profile": [PATIENT]}))) == [NO_NAME]


@pytest.mark.usefixtures("us_core")
def test_an_unknown_profile_is_an_error_that_says_what_is_loaded_and_how_to_load(feed: Voice) -> None:
    response = feed.post("Patient/$validate?profile=http://example.org/mine", build.patient())
    assert issues(response) == [("error", "not-found", "")]
    text = response.json()["issue"][0]["diagnostics"]
    assert PATIENT in text
    assert "hl7.fhir.us.core#7.0.0" in text
    assert "load_package" in text


@pytest.mark.usefixtures("us_core")
def test_a_profile_of_another_type_is_an_error(feed: Voice) -> None:
    weight = f"{published.US_CORE}/us-core-body-weight"
    assert issues(feed.post(f"Patient/$validate?profile={weight}", build.patient())) == [
        ("error", "invalid", "Patient")
    ]


@pytest.mark.usefixtures("us_core")
def test_a_stored_record_is_judged_against_a_profile(feed: Voice) -> None:
    feed.put("Patient/north-alice", nameless(id="north-alice"))
    assert issues(feed.get(f"Patient/north-alice/$validate?profile={PATIENT}")) == [NO_NAME]


@pytest.mark.usefixtures("us_core")
def test_writes_are_not_held_up_by_profiles(feed: Voice) -> None:
    assert feed.post("Patient", nameless(meta={"profile": [PATIENT]})).status_code == 201


@pytest.mark.usefixtures("us_core")
def test_profiles_on_write_refuses_what_does_not_meet_its_claims(feed: Voice, settings: Any) -> None:
    settings.PROFILES_ON_WRITE = True
    refused = feed.post("Patient", nameless(meta={"profile": [PATIENT]}))
    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (422, ["Patient.name"])
    assert feed.post("Patient", nameless()).status_code == 201


@pytest.mark.usefixtures("us_core")
def test_a_wrong_structure_is_told_before_profiles_are_judged(feed: Voice) -> None:
    found = issues(feed.post(f"Patient/$validate?profile={PATIENT}", nameless(colour="red")))
    assert [severity for severity, _, _ in found] == ["error", "information"]
