"""What Mallory, a hospital that is connected like any other, may push: never power over what is another's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from medbridge.accounts.models import Account
from medbridge.consent.models import ConsentNode
from medbridge.identity import link
from medbridge.records.models import Current
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
SEARCH = "Observation?patient=north-alice"
OURS = "http://127.0.0.1:8000/fhir"


@pytest.fixture(autouse=True)
def north(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    return feed


@pytest.fixture
def mallory(voice: Callable[..., Voice]) -> Voice:
    """Her feed, with a Patient who looks exactly like Alice and is linked to her."""
    feed = voice("mallory-feed")
    feed.put("Patient/mallory-alice", build.patient("mallory-alice"))
    assert link.linked("mallory-alice") == ["mallory-alice", "north-alice"]
    return feed


@pytest.fixture
def doctor(voice: Callable[..., Voice]) -> Voice:
    return voice("mallory")


def test_a_look_alike_that_links_opens_nothing(mallory: Voice, doctor: Voice) -> None:
    mallory.put("Consent/mallory-c", build.consent("Patient/mallory-alice", id="mallory-c"))
    assert doctor.ids("Patient/mallory-alice/$everything") == ["Patient/mallory-alice", "Consent/mallory-c"]
    assert doctor.ids(f"{SEARCH}") == doctor.ids("Observation?patient:mdm=mallory-alice") == []


def test_a_look_alikes_consent_closes_nothing(north: Voice, mallory: Voice, bob: Voice) -> None:
    north.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c"))
    mallory.put("Consent/mallory-c", build.consent("Patient/mallory-alice", id="mallory-c", permit=False))
    assert bob.ids(SEARCH) == ["Observation/north-o1"]


def test_a_look_alike_changes_nothing_of_what_the_person_sees(mallory: Voice, alice: Voice) -> None:
    mallory.put("Observation/mallory-o", build.observation("Patient/mallory-alice", "mallory-o"))
    assert alice.ids("Patient/north-alice/$everything") == ["Patient/north-alice", "Observation/north-o1"]


@pytest.mark.parametrize(
    "reference",
    ["Patient/north-alice", "Patient/north-alice/_history/1", f"{OURS}/Patient/north-alice",
     f"{OURS}/Patient/north-alice/_history/1", "Patient?identifier=11010519491231002X&_id=north-alice"],
)  # fmt: skip
@pytest.mark.parametrize("permit", [True, False])
def test_a_consent_about_another_hospitals_patient_is_refused(mallory: Voice, reference: str, permit: bool) -> None:
    assert mallory.post("Consent", build.consent(reference, permit=permit)).status_code == 422
    assert not ConsentNode.objects.exists()


@pytest.mark.parametrize(
    "reference",
    [{"reference": "Patient/north-alice", "identifier": {"value": "x"}},
     {"identifier": {"system": build.RESIDENT_ID, "value": "11010519491231002X"}, "type": "Patient"},
     {"reference": "https://elsewhere.example/fhir/Patient/north-alice"}],
)  # fmt: skip
def test_a_consent_that_names_its_patient_otherwise_binds_nothing(mallory: Voice, reference: dict[str, Any]) -> None:
    mallory.post("Consent", {**build.consent("Patient/mallory-alice"), "patient": reference})
    assert not ConsentNode.objects.exists()


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Provenance", "recorded": "2024-01-01T00:00:00Z", "agent": [{"who": {"display": "x"}}],
         "target": [{"reference": "Observation/north-o1"}]},
        {"resourceType": "Provenance", "recorded": "2024-01-01T00:00:00Z", "agent": [{"who": {"display": "x"}}],
         "target": [{"reference": f"{OURS}/Patient/north-alice"}]},
        {"resourceType": "List", "status": "current", "mode": "working",
         "subject": {"reference": "Patient/north-alice"}},
        {"resourceType": "List", "status": "current", "mode": "working",
         "entry": [{"item": {"reference": "Patient/north-alice/_history/1"}}]},
        {"resourceType": "Group", "type": "person", "actual": True,
         "member": [{"entity": {"reference": "Patient/north-alice"}}]},
        build.observation("Patient/mallory-alice", focus=[{"reference": "Patient/north-alice"}]),
        build.observation("Patient/mallory-alice", contained=[build.observation("Patient/north-alice", "c")],
                          hasMember=[{"reference": "#c"}]),
        build.observation("Patient/mallory-alice", extension=[{"url": "http://x.example/e",
                          "valueReference": {"reference": f"{OURS}/Patient/north-alice"}}]),
        {"resourceType": "Bundle", "type": "collection", "entry": [
            {"resource": build.observation("Patient/north-alice", "north-o7")}]},
        {"resourceType": "Patient", "link": [{"other": {"reference": "Patient/north-alice"}, "type": "seealso"}]},
        {"resourceType": "Location", "extension": [{"url": "http://x.example/e",
         "valueReference": {"reference": "Patient/north-alice"}}]},
    ],
)  # fmt: skip
def test_what_refers_to_another_hospitals_patient_is_refused(mallory: Voice, resource: dict[str, Any]) -> None:
    assert mallory.post(resource["resourceType"], resource).status_code == 422


def test_no_row_of_hers_is_in_another_hospitals_compartment(mallory: Voice) -> None:
    nested = {"resource": build.patient("north-alice")}
    mallory.post("Bundle", {"resourceType": "Bundle", "type": "collection", "entry": [nested]})
    mallory.post("Observation", build.observation("https://elsewhere.example/fhir/Patient/north-alice"))
    assert set(Current.objects.filter(patient="north-alice").values_list("hospital", flat=True)) == {"north"}


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Organization", "id": "north", "name": "Mallory"},
        {"resourceType": "Organization", "id": "mallory", "name": "North Bay General Hospital"},
        {"resourceType": "Practitioner", "id": "bob", "name": [{"text": "Mallory"}]},
        {"resourceType": "Group", "id": "btg", "type": "practitioner", "actual": True,
         "member": [{"entity": {"reference": "Practitioner/mallory"}}]},
    ],
)  # fmt: skip
def test_the_directory_is_not_hers_to_write(mallory: Voice, doctor: Voice, resource: dict[str, Any]) -> None:
    path = f"{resource['resourceType']}/{resource['id']}"
    before = mallory.get(path).content
    for writer in (mallory, doctor):
        assert writer.put(path, resource).status_code in (404, 422)
        assert writer.delete(path).status_code == 404
    assert mallory.get(path).content == before


@pytest.mark.parametrize(
    "speaks",
    [{"extension": [{"url": "http://x.example/e", "valueReference": {"reference": "Patient/north-alice"}}]},
     {"contained": [build.patient("p")],
      "extension": [{"url": "http://x.example/e", "valueReference": {"reference": "#p"}}]}],
)  # fmt: skip
def test_what_is_open_to_every_reader_speaks_of_no_patient(north: Voice, speaks: dict[str, Any]) -> None:
    assert north.post("Location", {"resourceType": "Location", "name": "bed 7", **speaks}).status_code == 422


def test_a_group_of_her_own_gives_nobody_the_emergency_groups_power(mallory: Voice) -> None:
    members = [{"entity": {"reference": "Practitioner/mallory"}}]
    group = {"resourceType": "Group", "id": "mallory-btg", "type": "practitioner", "actual": True, "member": members}
    assert mallory.put("Group/mallory-btg", group).status_code == 201
    assert Account.objects.get(username="mallory").member_of == []


@pytest.mark.parametrize("who", ["mallory-feed", "mallory", "alice", "dana"])
def test_nobody_writes_an_audit_event(voice: Callable[..., Voice], alice: Voice, who: str) -> None:
    """An access record says what MedBridge saw; one from outside would stand beside it and could not be told apart."""
    event = alice.get("AuditEvent").json()
    alice.get("Patient/north-alice")
    event = alice.get("AuditEvent").json()["entry"][0]["resource"]
    writer = voice(who)
    forged = {**event, "id": f"{writer.client.get('/fhir/metadata').status_code}"}
    assert writer.post("AuditEvent", {k: v for k, v in event.items() if k != "id"}).status_code == 403
    assert writer.put(f"AuditEvent/{event['id']}", event).status_code == 403
    assert writer.delete(f"AuditEvent/{event['id']}").status_code == 403
    assert writer.post("", build.transaction(forged)).status_code == 403


def test_no_account_but_a_hospitals_own_writes_for_it(voice: Callable[..., Voice], alice: Voice) -> None:
    for who in (alice, voice("carol")):
        assert who.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1")).status_code == 403
        assert who.delete("Observation/north-o1").status_code == 403
        assert who.post("", build.transaction(build.patient())).status_code == 403
        assert who.client.post("/hl7v2", b"MSH|^~\\&|", content_type="text/plain").status_code == 403


# Consents through time.


def consent(**elements: Any) -> dict[str, Any]:
    return {**build.consent("Patient/north-alice", id="north-c"), **elements}


def test_a_backdated_consent_opens_only_from_now_within_its_period(north: Voice, bob: Voice) -> None:
    past = consent(dateTime="1999-01-01", provision={"type": "permit", "period": {"end": "2020-01-01"}})
    assert north.put("Consent/north-c", past).status_code == 201
    assert bob.ids(SEARCH) == []


def test_the_version_in_a_body_decides_nothing(north: Voice, bob: Voice) -> None:
    north.put("Consent/north-c", consent())
    first = north.get("Consent/north-c").json()
    north.put("Consent/north-c", consent(status="inactive"))
    stale = north.put("Consent/north-c", first, If_Match='W/"1"')
    assert stale.status_code == 412
    assert bob.ids(SEARCH) == []


def test_a_repeated_transaction_does_not_bring_a_withdrawn_consent_back(north: Voice, bob: Voice) -> None:
    bundle = build.transaction(build.consent("Patient/north-alice"))
    created = north.post("", bundle).json()["entry"][0]["response"]["location"].split("/_history")[0]
    assert bob.ids(SEARCH)
    north.put(created, {**consent(status="inactive"), "id": created.partition("/")[2]})
    assert north.post("", bundle).status_code == 200
    assert bob.ids(SEARCH) == []


def test_a_consent_does_not_move_to_another_patient(north: Voice) -> None:
    north.put("Patient/north-eve", build.patient("north-eve", identifier=[{"value": "7"}], name=[{"family": "Eve"}]))
    north.put("Consent/north-c", consent())
    assert north.put("Consent/north-c", consent(patient={"reference": "Patient/north-eve"})).status_code == 422


def test_a_consent_that_also_names_another_patient_still_binds(north: Voice, bob: Voice) -> None:
    """A mother signs for her daughter: the denial must hold, though the Consent speaks of two Patients."""
    north.put(
        "Patient/north-mother", build.patient("north-mother", identifier=[{"value": "7"}], name=[{"family": "Wu"}])
    )
    north.put("Consent/north-c", consent())
    signed = {"performer": [{"reference": "Patient/north-mother"}]}
    denial = build.consent("Patient/north-alice", id="north-d", permit=False) | signed
    assert north.put("Consent/north-d", denial).status_code == 201
    assert bob.ids(SEARCH) == []


def test_an_absolute_reference_to_this_server_is_a_reference_to_its_record(north: Voice, bob: Voice) -> None:
    """Otherwise a denial would bind nothing, and an observation would be in nobody's compartment."""
    north.put("Consent/north-c", consent())
    denial = build.consent(f"{OURS}/Patient/north-alice", id="north-d", permit=False)
    assert north.put("Consent/north-d", denial).status_code == 201
    assert bob.ids(SEARCH) == []


def test_neither_party_rewrites_or_deletes_the_others_consent(north: Voice, alice: Voice, bob: Voice) -> None:
    north.put("Consent/north-c", consent(provision={"type": "deny"}))
    assert alice.put("Consent/north-c", consent()).status_code == 404
    assert alice.delete("Consent/north-c").status_code == 404
    given = alice.post("Consent", build.consent("Patient/north-alice", permit=False))
    path = given["Location"].partition("/fhir/")[2].partition("/_history")[0]
    assert north.delete(path).status_code in (403, 404)
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"request": {"method": "DELETE", "url": path}}],
    }
    # In a transaction, deleting what is not there for the sender is nothing to do.
    assert north.post("", bundle).status_code == 200
    assert alice.get(path).status_code == 200
    assert bob.ids(SEARCH) == []


def test_an_invalid_consent_of_the_person_is_named_not_a_crash(alice: Voice) -> None:
    for wrong in ("Patient/north-alice", ["x"], {"reference": 7}, None):
        bad = {**build.consent("Patient/north-alice"), "patient": wrong}
        for answer in (alice.post("Consent", bad), alice.post("", build.transaction(bad))):
            assert answer.status_code in (400, 403, 422), answer.content


# Bundles whose entries ask for what is no write of a resource.


def entry(method: str, url: str, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    carried = {"resource": resource} if resource else {}
    return {"request": {"method": method, "url": url}, **carried}


@pytest.mark.parametrize("type", ["batch", "transaction"])
@pytest.mark.parametrize(
    "asked",
    [
        entry("PATCH", "Observation/north-o1", {"resourceType": "Basic"}),
        entry("POST", "Patient/north-alice/$everything"),
        entry("POST", "Observation/$validate", build.observation("Patient/north-alice")),
        entry("POST", "Patient/$match"),
    ],
)
def test_an_entry_that_is_not_supported_changes_nothing(north: Voice, type: str, asked: dict[str, Any]) -> None:
    before = sorted(Current.objects.values_list("type", "id", "version", "deleted"))
    answer = north.post("", {"resourceType": "Bundle", "type": type, "entry": [asked]})
    status = answer.status_code if type == "transaction" else int(answer.json()["entry"][0]["response"]["status"][:3])
    assert status in (400, 405, 501)
    assert sorted(Current.objects.values_list("type", "id", "version", "deleted")) == before


def test_a_repeated_transaction_reads_anew(north: Voice, bob: Voice, voice: Callable[..., Voice]) -> None:
    """The answer of the first time must not outlive the consent that it was read under (DESIGN 5.6)."""
    north.put("Consent/north-c", consent())
    mine = {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", **entry("POST", "Patient", build.patient())}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [mine, entry("GET", "Observation/north-o1")]}
    first = bob.post("", bundle)
    assert b"north-o1" in first.content
    north.put("Consent/north-c", consent(status="inactive"))
    assert b"valueQuantity" not in bob.post("", bundle).content


def test_an_older_version_about_several_people_is_not_shown_with_a_newer_one_about_one(
    north: Voice, alice: Voice
) -> None:
    north.put("Patient/north-eve", build.patient("north-eve", identifier=[{"value": "7"}], name=[{"family": "Eve"}]))
    listed = {"resourceType": "List", "id": "north-l", "status": "current", "mode": "working"}
    entries = [{"item": {"reference": f"Patient/north-{name}"}} for name in ("alice", "eve")]
    north.put("List/north-l", {**listed, "entry": entries})
    north.put("List/north-l", {**listed, "subject": {"reference": "Patient/north-alice"}})
    assert alice.get("List/north-l").status_code == 200
    assert alice.get("List/north-l/_history/1").status_code == 404
    history = alice.get("List/north-l/_history")
    assert b"north-eve" not in history.content
    assert history.json()["total"] == len(history.json()["entry"])


def test_who_looked_for_two_people_tells_neither_of_the_other(north: Voice, bob: Voice, alice: Voice) -> None:
    bob.get("Observation?patient=north-alice,north-eve")
    bob.get("Patient?identifier=11010519491231002X,110105194912310038")
    told = alice.get("AuditEvent?patient=north-alice").content
    assert b"north-eve" not in told
    assert b"110105194912310038" not in told


def test_a_refused_search_for_two_people_is_told_to_both(north: Voice, bob: Voice, voice: Callable[..., Voice]) -> None:
    north.put("Patient/north-eve", build.patient("north-eve", identifier=[{"value": "7"}], name=[{"family": "Eve"}]))
    bob.get("Observation?patient=north-eve,north-alice")
    told = voice("carol", purpose="HOPERAT").get("AuditEvent?patient=north-alice").json()
    assert [e for e in told["entry"] if e["resource"]["agent"][0]["name"] == "bob"]


def test_an_attempt_inside_a_transaction_that_fails_is_told(mallory: Voice, doctor: Voice, alice: Voice) -> None:
    own = entry("PUT", "Patient/mallory-alice", build.patient("mallory-alice"))
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [own, entry("GET", "Observation/north-o1")]}
    assert doctor.post("", bundle).status_code == 404
    events = [e["resource"] for e in alice.get("AuditEvent").json()["entry"]]
    told = [(e["agent"][0]["name"], e["subtype"][0]["code"], e["outcome"]) for e in events]
    assert ("mallory", "read", "4") in told


def test_a_future_token_of_a_former_member_breaks_no_glass(
    north: Voice, bob: Voice, voice: Callable[..., Voice]
) -> None:
    """Membership is that of the request, not of the token's birth (DESIGN 5.5)."""
    provision = {"type": "permit", "purpose": build.purpose("BTG")}
    north.put("Consent/north-c", consent(provision=provision))
    Account.objects.filter(username="bob").update(member_of=["Group/btg"])
    member = voice("bob", purpose="BTG")
    assert member.ids(SEARCH) == ["Observation/north-o1"]
    Account.objects.filter(username="bob").update(member_of=[])
    assert member.ids(SEARCH) == []


def test_dates_are_taken_from_no_message(north: Voice) -> None:
    """meta.lastUpdated and versionId of a body are the sender's; the store's are its own."""
    forged = build.observation(
        "Patient/north-alice", "north-o2", meta={"versionId": "9", "lastUpdated": "1999-01-01T00:00:00Z"}
    )
    north.put("Observation/north-o2", forged)
    meta = north.get("Observation/north-o2").json()["meta"]
    assert meta["versionId"] == "1"
    assert datetime.fromisoformat(meta["lastUpdated"]).year >= datetime.now(UTC).year
