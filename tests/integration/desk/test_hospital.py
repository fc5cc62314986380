"""Dana at her desk: what arrived, what failed, who is the same person, whose account it is."""

from collections.abc import Callable

import pytest
from django.test import Client

from medbridge.accounts.models import Account, ConfirmedPatient
from medbridge.audit.models import Access
from medbridge.desk.hospital.inbox import readable
from medbridge.inbox.models import Message
from medbridge.records.models import Version
from tests import build
from tests.integration.conftest import Voice
from tests.integration.desk.conftest import Visitor

Visit = Callable[[str], Visitor]
BROKEN = b"MSH|^~\\&|LAB|NORTH|MB|MB|20240301||ADT^A99|42|P|2.5\r"


@pytest.fixture
def failed(feed: Voice) -> Client:
    feed.client.post("/hl7v2", BROKEN, content_type="application/hl7-v2")
    return feed.client


def only_message(dana: Visitor) -> str:
    rows = dana.client.get("/desk/hospital/", {"state": "DEAD"}).context["rows"]
    return str(rows[0][0].id)


def test_an_empty_inbox_says_how_to_push(visit: Visit) -> None:
    assert "Your hospital has sent nothing yet. Push a message to" in visit("dana").see("hospital/")


def test_the_inbox_counts_by_state(records: Voice, failed: Client, visit: Visit) -> None:
    page = visit("dana").see("hospital/")
    assert "Failed 1" in page


def test_a_dead_letter_says_why_and_shows_the_message(failed: Client, visit: Visit) -> None:
    dana = visit("dana")
    page = dana.see(f"hospital/messages/{only_message(dana)}")
    assert "Why it failed" in page and "ADT^A99" in page


def test_the_original_bytes_are_a_download(failed: Client, visit: Visit) -> None:
    dana = visit("dana")
    assert dana.answer(f"hospital/messages/{only_message(dana)}/original").content == BROKEN


def test_who_looks_at_a_message_is_recorded_with_whom_it_is_about(records: Voice, visit: Visit) -> None:
    dana = visit("dana")
    message = Message.objects.filter(hospital="north", state="DONE").first()
    assert message is not None
    dana.see(f"hospital/messages/{message.id}")
    looks = Access.objects.filter(username="dana", action="read", target__endswith=f"message {message.id}")
    whom = Version.objects.filter(message=message.id).values_list("patient", flat=True)
    assert set(looks.values_list("patient", flat=True)) == set(whom) != set()


def test_a_replay_that_fails_again_says_so(failed: Client, visit: Visit) -> None:
    dana = visit("dana")
    assert "It failed again" in dana.do(f"hospital/messages/{only_message(dana)}/replay")


def test_a_bundle_is_accepted_when_what_it_needed_has_come(feed: Voice, visit: Visit) -> None:
    dana, bundle = visit("dana"), build.transaction(build.observation("Patient/north-alice"))
    assert feed.post("", bundle).status_code == 422
    feed.put("Patient/north-alice", build.patient("north-alice"))
    assert "Accepted now." in dana.do(f"hospital/messages/{only_message(dana)}/replay")


def test_another_hospitals_message_does_not_exist(failed: Client, visit: Visit) -> None:
    id = only_message(visit("dana"))
    Account.objects.filter(username="dana").update(hospital="renji")
    visit("dana").see(f"hospital/messages/{id}", status=404)
    visit("dana").see(f"hospital/messages/{id}/original", status=404)


def test_nobody_is_asked_about_when_there_is_no_doubt(visit: Visit) -> None:
    assert "There is nothing to decide." in visit("dana").see("hospital/identity")


ADDRESS = [{"line": ["1 Harbour Road"], "city": "Shanghai", "postalCode": "200001"}]


def own(number: str) -> list[dict[str, str]]:
    return [{"system": f"urn:example:{number}", "value": number}]


@pytest.fixture
def doubt(feed: Voice, voice: Callable[..., Voice]) -> Voice:
    """Two Patients alike in name, birth date, sex and address, with no identifier in common."""
    feed.put("Patient/north-alice", build.patient("north-alice", identifier=own("1"), address=ADDRESS))
    renji = voice("renji-feed")
    renji.put("Patient/renji-a", build.patient("renji-a", identifier=own("2"), address=ADDRESS))
    return renji


def test_a_doubt_shows_her_own_patient_and_not_the_others(doubt: Voice, visit: Visit) -> None:
    page = visit("dana").see("hospital/identity")
    assert "Patient/north-alice" in page and "Alice Zhang" in page
    assert "Renji East Hospital Another hospital’s patient: its details are not yours to see." in page


@pytest.mark.parametrize(("same", "sentence"), [("yes", "Linked as one person."), ("no", "Kept apart as two persons.")])
def test_her_word_settles_it(doubt: Voice, visit: Visit, same: str, sentence: str) -> None:
    dana = visit("dana")
    candidate = dana.client.get("/desk/hospital/identity").context["doubts"][0]["candidate"]
    page = dana.do(f"hospital/identity/{candidate}", same=same)
    assert sentence in page and "There is nothing to decide." in page


def test_a_settled_pair_cannot_be_settled_twice(doubt: Voice, visit: Visit) -> None:
    dana = visit("dana")
    candidate = dana.client.get("/desk/hospital/identity").context["doubts"][0]["candidate"]
    dana.do(f"hospital/identity/{candidate}", same="yes")
    assert "settled as LINKED already" in dana.do(f"hospital/identity/{candidate}", same="yes")


def test_a_third_hospital_has_no_say(doubt: Voice, visit: Visit) -> None:
    candidate = visit("dana").client.get("/desk/hospital/identity").context["doubts"][0]["candidate"]
    Account.objects.filter(username="dana").update(hospital="mallory")
    page = visit("dana").do(f"hospital/identity/{candidate}", same="yes")
    assert "There is no such pair to decide on." in page


def test_she_confirms_whose_account_it_is(feed: Voice, visit: Visit) -> None:
    ConfirmedPatient.objects.all().delete()
    feed.put("Patient/north-alice", build.patient("north-alice"))
    page = visit("dana").do("hospital/accounts", username="alice", patient="Patient/north-alice")
    assert "alice is confirmed to be Patient/north-alice" in page
    assert "Alice Zhang" in visit("alice").see("patient/")


def test_an_unknown_patient_is_a_sentence(visit: Visit) -> None:
    page = visit("dana").do("hospital/accounts", username="alice", patient="north-nobody")
    assert "There is no such account, or no such Patient of this hospital." in page


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"MSH|1\rPID|2\r", "MSH|1\nPID|2\n"),
        ("张三".encode("gb18030"), "张三"),
        ("张三".encode()[:-1], "张"),
        (b"a\x00b\x1b[31m", "a␀b␛[31m"),
        ("abc\u202edef".encode(), "abc\ufffddef"),
        (b"\xff\xff\xff\xff\xffabcdef", "ÿÿÿÿÿabcdef"),
    ],
)
def test_any_bytes_become_harmless_text(raw: bytes, shown: str) -> None:
    assert readable(raw) == shown
