"""Alice at her desk: her records, who looked, her consents."""

from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import pytest

from anchoring import services
from medbridge.accounts.models import ConfirmedPatient
from medbridge.actions.commit_accesses import commit_accesses
from tests import build
from tests.integration.conftest import Voice
from tests.integration.desk.conftest import Visitor

Visit = Callable[[str], Visitor]


def seal() -> None:
    services.seal(now=datetime.now(UTC))


def test_she_sees_her_records_in_words(records: Voice, visit: Visit) -> None:
    page = visit("alice").see("patient/")
    assert "2 records of yours" in page
    assert "Measurements and results" in page
    assert "Hemoglobin 13.5 g/dL" in page
    assert "2024-03-01 08:30" in page
    assert "North Bay General Hospital" in page


def test_each_record_says_how_far_its_proof_is(records: Voice, visit: Visit) -> None:
    alice = visit("alice")
    assert "Waiting for the log" in alice.see("patient/")
    seal()
    assert "In the log" in alice.see("patient/")


def test_a_record_and_its_receipt_are_downloads(records: Voice, visit: Visit) -> None:
    seal()
    alice, base = visit("alice"), "patient/records/Observation/north-o1/1"
    document, receipt = alice.answer(f"{base}/document"), alice.answer(f"{base}/receipt")
    assert document.content == records.get("Observation/north-o1").content
    assert receipt.headers["Content-Disposition"] == 'attachment; filename="Observation-north-o1-1.receipt.json"'
    assert "checkpoint" in orjson.loads(receipt.content)


def test_a_receipt_asked_for_too_early_is_a_sentence(records: Voice, visit: Visit) -> None:
    assert "waits for the next block" in visit("alice").see("patient/records/Observation/north-o1/1/receipt", 409)


def test_an_ots_file_before_the_anchor_is_a_sentence(records: Voice, visit: Visit) -> None:
    seal()
    assert "Not on a public chain yet" in visit("alice").see("patient/records/Observation/north-o1/1/ots", 409)


def test_without_a_confirmed_record_she_is_told_what_to_do(visit: Visit) -> None:
    ConfirmedPatient.objects.all().delete()
    assert "Ask the records office" in visit("alice").see("patient/")


def test_anothers_record_does_not_exist_for_her(records: Voice, visit: Visit) -> None:
    records.put("Patient/north-eve", build.patient("north-eve", name=[{"family": "Eve"}]))
    visit("alice").see("patient/records/Patient/north-eve/1/document", 404)


def test_she_sees_who_was_refused(records: Voice, visit: Visit, bob: Voice) -> None:
    bob.get("Observation/north-o1")
    page = visit("alice").see("patient/accesses")
    assert "Bob Clinician, Renji East Hospital opened a record Measurements and results Treatment Refused" in page


def test_her_own_looks_are_shown_when_asked_for(records: Voice, visit: Visit) -> None:
    alice = visit("alice")
    alice.see("patient/")
    assert "opened the whole history" not in alice.see("patient/accesses")
    assert "opened the whole history" in alice.see("patient/accesses", show="all")


def test_a_look_has_a_receipt_of_its_own(records: Voice, visit: Visit, bob: Voice) -> None:
    bob.get("Observation/north-o1")
    commit_accesses(at=datetime.now(UTC))
    seal()
    alice = visit("alice")
    answer = alice.answer("patient/accesses")
    link = next(each for each in answer.content.decode().split('"') if each.endswith("/receipt"))
    assert alice.client.get(link).status_code == 200


def test_she_grants_a_hospital_and_revokes(records: Voice, visit: Visit, bob: Voice) -> None:
    alice = visit("alice")
    page = alice.do("patient/consents/grant", decision="permit", hospital="renji", purposes=["TREAT"])
    assert "In force May see my records: Renji East Hospital" in page
    assert bob.get("Observation/north-o1").status_code == 200
    consent = alice.client.get("/desk/patient/consents").context["consents"][0].id
    assert "Revoked" in alice.do(f"patient/consents/{consent}/revoke")
    assert bob.get("Observation/north-o1").status_code == 404


def test_a_grant_to_one_practitioner_opens_to_nobody_else_there(records: Voice, visit: Visit, bob: Voice) -> None:
    page = visit("alice").do(
        "patient/consents/grant", decision="permit", hospital="renji", practitioner="Practitioner/bob"
    )
    assert "May see my records: Bob (Renji East Hospital)" in page
    assert bob.get("Observation/north-o1").status_code == 200


def test_a_grant_holds_for_the_kinds_and_time_chosen(records: Voice, visit: Visit, bob: Voice) -> None:
    choice = {"decision": "permit", "hospital": "renji", "kinds": ["Condition"], "start": "2020-01-01"}
    assert "2020-01-01 – until revoked" in visit("alice").do("patient/consents/grant", **choice)
    assert bob.get("Observation/north-o1").status_code == 404


def test_a_no_wins_over_a_yes(records: Voice, visit: Visit, bob: Voice) -> None:
    alice = visit("alice")
    alice.do("patient/consents/grant", decision="permit", hospital="renji")
    assert "May not see my records: Renji" in alice.do("patient/consents/grant", decision="deny", hospital="renji")
    assert bob.get("Observation/north-o1").status_code == 404


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"decision": "permit"}, "Choose whom you let see your records"),
        ({"decision": "permit", "hospital": "renji", "start": "2024-02-01", "end": "2024-01-01"}, "lies before"),
        ({"decision": "permit", "hospital": "nowhere"}, "Select a valid choice"),
    ],
)
def test_a_decision_that_makes_no_sense_is_asked_again(
    records: Voice, visit: Visit, choice: dict[str, str], sentence: str
) -> None:
    alice = visit("alice")
    assert sentence in alice.do("patient/consents/grant", status=400, **choice)
    assert "You have given no consent yet" in alice.see("patient/consents")


def test_what_a_hospital_recorded_she_cannot_revoke(records: Voice, visit: Visit) -> None:
    records.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c"))
    alice = visit("alice")
    assert "Recorded by North Bay General Hospital" in alice.see("patient/consents")
    assert "/north-c/revoke" not in alice.answer("patient/consents").content.decode()
    assert "was recorded by somebody else" in alice.do("patient/consents/north-c/revoke")
