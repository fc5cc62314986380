"""A consent may name a role, a team, a relative or a device; who is one is what the account claims."""

from typing import Any

import pytest
from django.utils import timezone

from medbridge.actions.load_accounts import load_accounts
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
ALICE = "Patient/north-alice"
CLAIMED: dict[str, dict[str, Any]] = {
    "CareTeam/north-x": {"subject": {"reference": ALICE}},
    "PractitionerRole/north-x": {},
    "RelatedPerson/north-x": {"patient": {"reference": ALICE}},
    "Device/north-x": {},
}


@pytest.mark.parametrize("claim", CLAIMED)
def test_a_permit_reaches_who_claims_it_and_nobody_else(feed: Voice, bob: Voice, claim: str) -> None:
    feed.put(ALICE, build.patient("north-alice"))
    feed.put(claim, {"resourceType": claim.partition("/")[0], "id": "north-x", **CLAIMED[claim]})
    answer = feed.put("Consent/north-c", build.consent(ALICE, id="north-c", actor=build.actor(claim)))
    assert answer.status_code == 201, answer.content
    assert [bob.get(ALICE).status_code, bob.ids("Patient")] == [404, []]
    people = [{**each, "groups": [claim]} for each in build.ACCOUNTS["people"] if each["username"] == "bob"]  # type: ignore[attr-defined]
    load_accounts(at=timezone.now(), content=build.raw({"hospitals": [], "people": people}))
    assert [bob.get(ALICE).status_code, bob.ids("Patient")] == [200, [ALICE]]
