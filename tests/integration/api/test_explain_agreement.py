"""What $who-can-see counts is what the reader that it speaks of finds: for every hospital, role and purpose."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from medbridge.accounts import tokens
from medbridge.accounts.models import Account
from tests import build
from tests.integration.api.test_explain import TABLE, readers, values
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
TYPES = ("Patient", "Observation", "Condition", "Consent")
CLASS = "http://hl7.org/fhir/resource-types"


def consent(**choices: Any) -> dict[str, Any]:
    return build.consent("Patient/north-alice", **choices)


MIXTURES: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "one hospital": [consent(actor=build.actor("Organization/renji"))],
    "a deny of one kind": [
        consent(actor=build.actor("Organization/renji")),
        consent(permit=False, **{"class": [{"system": CLASS, "code": "Observation"}]}),
    ],
    "purposes": [consent(purpose=build.purpose("HRESCH")), consent(permit=False, purpose=build.purpose("BIORCH"))],
    "one practitioner, one record": [
        consent(actor=build.actor("Practitioner/bob")),
        consent(permit=False, data=[{"meaning": "instance", "reference": {"reference": "Observation/north-o1"}}]),
    ],
    "a group and the glass": [
        consent(actor=build.actor("Group/north-ward"), purpose=build.purpose("TREAT", "BTG")),
        consent(permit=False, actor=build.actor("Group/north-night")),
    ],
    "a period of records": [consent(dataPeriod={"start": "2015-01-01", "end": "2024-12-31"})],
    "nested": [
        consent(
            actor=build.actor("Organization/renji", "Organization/mallory"),
            provision=[{"type": "deny", "actor": build.actor("Organization/mallory")},
                       {"type": "deny", "dataPeriod": {"end": "2012-01-01"}}],
        )
    ],
    "ended": [consent(period={"end": "2020-01-01"})],
    "by code, author and relation": [
        consent(provision=[
            {"type": "deny", "code": [{"coding": [{"system": build.LOINC, "code": "718-7"}]}],
             "actor": build.actor("Organization/mallory")},
            {"type": "deny", "data": [{"meaning": "related", "reference": {"reference": "Observation/north-o1"}}],
             "purpose": build.purpose("TREAT")},
        ])
    ],
    "by label": [consent(securityLabel=[{"system": f"{build.THO}/v3-Confidentiality", "code": "N"}])],
}  # fmt: skip


@pytest.fixture
def ward(cast: None) -> None:
    """More clinicians at Renji: of a ward, of the ward at night, and of the emergency group."""
    ward, night, glass = "Group/north-ward", "Group/north-night", "Group/btg"
    groups = {"wei": [ward], "xia": [ward, night], "yan": [glass], "zoe": [glass, ward]}
    for name, member_of in groups.items():
        Account.objects.create(username=name, hospital="renji", role="clinician", member_of=member_of)


@pytest.fixture
def north(ward: None, feed: Voice) -> Voice:
    for id in ("north-ward", "north-night"):
        feed.put(f"Group/{id}", {"resourceType": "Group", "id": id, "type": "practitioner", "actual": True})
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    old = build.observation("Patient/north-alice", "north-o2", effectiveDateTime="2010-01-01")
    feed.put("Observation/north-o2", old)
    feed.put("Condition/north-k", {"resourceType": "Condition", "id": "north-k", "code": {"text": "Anaemia"},
                                   "subject": {"reference": "Patient/north-alice"}})  # fmt: skip
    return feed


def as_reader(line: dict[str, Any]) -> Client:
    """An account that is this reader and nothing else, whatever the command line would refuse."""
    told = values(line)
    groups = [each["valueReference"]["reference"] for each in line["part"] if each["name"] == "group"]
    account, _ = Account.objects.get_or_create(
        username="-".join([told["hospital"], told["role"], told.get("practitioner", ""), *groups]).replace("/", "-"),
        defaults={"hospital": told["hospital"].partition("/")[2], "role": told["role"], "member_of": groups,
                  "practitioner": told.get("practitioner", "")},
    )  # fmt: skip
    secret = tokens.issue(
        account,
        purpose=told.get("purpose", "TREAT"),
        scopes="user/*.rs",
        at=timezone.now(),
        seconds=60,
        reason="an emergency",
    )
    return Client(headers={"Authorization": f"Bearer {secret}"})


def found(client: Client) -> dict[str, int]:
    totals = {}
    for type in TYPES:
        named = "_id" if type == "Patient" else "patient"
        totals[type] = client.get(f"/fhir/{type}?{named}=north-alice&_summary=count").json()["total"]
    return {type: total for type, total in totals.items() if total}


def claimed(line: dict[str, Any]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for each in line["part"]:
        if each["name"] == "decision" and values(each)["visible"]:
            for part in each["part"]:
                if part["name"] == "records":
                    counts[values(part)["type"]] += values(part)["count"]
    return dict(counts)


@pytest.mark.parametrize("name", MIXTURES)
def test_every_line_is_what_its_reader_finds(north: Voice, alice: Voice, name: str) -> None:
    for number, each in enumerate(MIXTURES[name]):
        assert north.put(f"Consent/north-c{number}", {**each, "id": f"north-c{number}"}).status_code == 201
    lines = readers(alice, TABLE)
    assert len(lines) >= 3 * 2
    for line in lines:
        assert claimed(line) == found(as_reader(line)), values(line)


def test_what_the_person_decided_herself_is_counted_the_same(north: Voice, alice: Voice, bob: Voice) -> None:
    alice.post("Consent", consent(actor=build.actor("Organization/renji")))
    alice.post("Consent", consent(permit=False, **{"class": [{"system": CLASS, "code": "Condition"}]}))
    for line in readers(alice, TABLE):
        assert claimed(line) == found(as_reader(line)), values(line)
    assert len(bob.ids("Observation?patient=north-alice")) == 2


def test_of_one_record_every_line_is_what_its_reader_reads(
    north: Voice, alice: Voice, voice: Callable[..., Voice]
) -> None:
    for number, each in enumerate(MIXTURES["one practitioner, one record"]):
        north.put(f"Consent/north-c{number}", {**each, "id": f"north-c{number}"})
    for line in readers(alice, "Observation/north-o1/$explain"):
        status = as_reader(line).get("/fhir/Observation/north-o1").status_code
        assert status == (200 if values(line)["visible"] else 404), values(line)
