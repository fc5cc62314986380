"""Eight clients at the same moment, each with its own connection, over HTTP."""

import base64
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from medbridge.identity.models import Person
from medbridge.inbox.models import Message
from medbridge.records.models import Current, Version
from tests import build
from tests.integration.conftest import Voice
from tests.integration.whole import faults

CLIENTS = 8
URN = "urn:uuid:00000000-0000-4000-8000-{:012d}"
PATCH_ACTIVE = base64.b64encode(b'[{"op": "add", "path": "/active", "value": true}]').decode()

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*requests: Callable[[], Any]) -> list[Any]:
    """The answers, in order. Afterwards the tables are whole."""
    start = Barrier(len(requests))

    def send(request: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=10)
            return request()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(requests)) as pool:
        answers = list(pool.map(send, requests))
    with connection.cursor() as cursor:
        assert faults(cursor) == {}
    return answers


def statuses(answers: list[Any]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def versions(id: str) -> list[int]:
    return list(Version.objects.filter(id=id).order_by("version").values_list("version", flat=True))


def test_one_transaction_sent_by_all_is_one_message_with_one_answer(feed: Voice) -> None:
    bundle = build.transaction(build.patient(), build.observation(URN.format(0)))
    answers = at_once(*[lambda: feed.post("", bundle)] * CLIENTS)
    assert statuses(answers) == {200: CLIENTS}
    assert len({answer.content for answer in answers}) == 1
    assert Message.objects.count() == 1
    assert Version.objects.filter(type="Observation").count() == 1


def test_one_transaction_of_updates_sent_by_all_goes_through(feed: Voice) -> None:
    bundle = build.transaction(build.patient("north-1"), build.observation("Patient/north-1", "north-2"))
    answers = at_once(*[lambda: feed.post("", bundle)] * CLIENTS)
    assert statuses(answers) == {200: CLIENTS}


def test_a_record_put_by_all_at_once_gets_one_version_from_each_that_is_told_so(feed: Voice) -> None:
    bodies = [build.patient("north-1", multipleBirthInteger=n) for n in range(CLIENTS)]
    answers = at_once(*[lambda body=body: feed.put("Patient/north-1", body) for body in bodies])
    assert statuses(answers).keys() <= {200, 201, 409}
    assert statuses(answers)[201] == 1
    told = sorted(int(answer["ETag"][3:-1]) for answer in answers if answer.status_code != 409)
    assert told == versions("north-1")


def test_a_conditional_create_by_all_at_once_is_one_record(feed: Voice) -> None:
    wanted = {"If_None_Exist": f"identifier={build.RESIDENT_ID}|11010519491231002X"}
    answers = at_once(*[lambda: feed.post("Patient", build.patient(), **wanted)] * CLIENTS)
    assert statuses(answers) == {201: 1, 200: CLIENTS - 1}
    assert Current.objects.filter(type="Patient").count() == 1


def test_a_conditional_create_in_bundles_at_once_is_one_record(feed: Voice) -> None:
    bundles = [build.transaction(build.patient(), build.observation(URN.format(0))) for _ in range(CLIENTS)]
    for number, bundle in enumerate(bundles):
        bundle["entry"][0]["request"]["ifNoneExist"] = f"identifier={build.RESIDENT_ID}|11010519491231002X"
        bundle["entry"][1]["resource"]["valueQuantity"]["value"] = number
    answers = at_once(*[lambda b=bundle: feed.post("", b) for bundle in bundles])
    assert statuses(answers) == {200: CLIENTS}
    assert Current.objects.filter(type="Patient").count() == 1
    assert Current.objects.filter(type="Observation").count() == CLIENTS


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_bundles_of_the_same_ids_in_opposite_order_do_not_wait_in_a_circle(known: bool, feed: Voice) -> None:
    observations = [build.observation("Patient/north-1", f"north-o{n}") for n in range(60)]
    feed.put("Patient/north-1", build.patient("north-1"))
    if known:
        feed.post("", build.transaction(*observations))
    one = [{**each, "status": "amended"} for each in observations]
    other = [{**each, "status": "corrected"} for each in reversed(observations)]
    answers = at_once(*[lambda r=r: feed.post("", build.transaction(*r)) for r in [one, other] * (CLIENTS // 2)])
    assert statuses(answers) == {200: CLIENTS}


def test_bundles_that_share_some_ids_all_go_through(feed: Voice) -> None:
    bundles = [build.transaction(*(build.patient(f"north-{m}", active=bool(n % 2)) for m in range(n, n + 6)))
               for n in range(CLIENTS)]  # fmt: skip
    answers = at_once(*[lambda b=bundle: feed.post("", b) for bundle in bundles])
    assert statuses(answers) == {200: CLIENTS}


def test_one_person_pushed_by_two_hospitals_at_once_is_one_person(feed: Voice, voice: Callable[..., Voice]) -> None:
    feeds = [feed, voice("renji-feed")] * (CLIENTS // 2)
    answers = at_once(*[lambda f=f: f.post("Patient", build.patient()) for f in feeds])
    assert statuses(answers) == {201: CLIENTS}
    assert Person.objects.count() == 1


def test_one_update_of_a_version_goes_through_and_the_others_are_told(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    bodies = [build.patient("north-1", multipleBirthInteger=n) for n in range(CLIENTS)]
    answers = at_once(*[lambda b=b: feed.put("Patient/north-1", b, If_Match='W/"1"') for b in bodies])
    assert statuses(answers) == {200: 1, 412: CLIENTS - 1}
    assert versions("north-1") == [1, 2]


CRITERIA = f"identifier={build.RESIDENT_ID}|11010519491231002X"


def test_a_conditional_update_by_all_at_once_is_one_record(feed: Voice) -> None:
    bodies = [build.patient(multipleBirthInteger=n) for n in range(CLIENTS)]
    answers = at_once(*[lambda b=b: feed.put(f"Patient?{CRITERIA}", b) for b in bodies])
    assert statuses(answers) == {201: 1, 200: CLIENTS - 1}
    assert Current.objects.filter(type="Patient").count() == 1
    assert sorted(answer["ETag"] for answer in answers) == [f'W/"{n + 1}"' for n in range(CLIENTS)]


def test_one_condition_spelled_differently_is_one_record(feed: Voice) -> None:
    other = CRITERIA.replace(":", "%3A").replace("|", "%7C")
    creates = [lambda c=c: feed.post("Patient", build.patient(), If_None_Exist=c) for c in [CRITERIA, other] * 2]
    updates = [lambda c=c: feed.put(f"Patient?{c}", build.patient()) for c in [CRITERIA, other] * 2]
    answers = at_once(*creates, *updates)
    assert statuses(answers) == {201: 1, 200: CLIENTS - 1}
    assert Current.objects.filter(type="Patient").count() == 1


def test_create_only_by_all_at_once_creates_once(feed: Voice) -> None:
    bodies = [build.patient("north-1", multipleBirthInteger=n) for n in range(CLIENTS)]
    answers = at_once(*[lambda b=b: feed.put("Patient/north-1", b, If_None_Match="*") for b in bodies])
    assert statuses(answers) == {201: 1, 412: CLIENTS - 1}
    assert versions("north-1") == [1]


def test_patches_by_all_at_once_lose_nothing(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1", identifier=[{"value": "first"}]))
    changes = [[{"op": "add", "path": "/identifier/-", "value": {"value": f"number {n}"}}] for n in range(CLIENTS)]
    answers = at_once(*[lambda c=c: feed.patch("Patient/north-1", c) for c in changes])
    assert statuses(answers) == {200: CLIENTS}
    assert len(feed.get("Patient/north-1").json()["identifier"]) == CLIENTS + 1


def test_one_patch_of_a_version_goes_through_and_the_others_are_told(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    change = [{"op": "add", "path": "/active", "value": True}]
    answers = at_once(*[lambda: feed.patch("Patient/north-1", change, If_Match='W/"1"')] * CLIENTS)
    assert statuses(answers) == {200: 1, 412: CLIENTS - 1}


def test_a_record_is_conditionally_deleted_by_all_at_once_once(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    answers = at_once(*[lambda: feed.delete(f"Patient?{CRITERIA}")] * CLIENTS)
    assert statuses(answers) == {204: CLIENTS}
    assert versions("north-1") == [1, 2]


def test_a_condition_holds_while_the_record_it_finds_is_changed(feed: Voice) -> None:
    """The other writers name the record by its id, and so do not wait for the condition's lock."""
    feed.put("Patient/north-1", build.patient("north-1"))
    puts = [lambda n=n: feed.put("Patient/north-1", build.patient("north-1", multipleBirthInteger=n)) for n in range(4)]
    conditional = [lambda: feed.put(f"Patient?{CRITERIA}", build.patient())] * 4
    answers = at_once(*puts, *conditional)
    assert statuses(answers) == {200: CLIENTS}
    assert versions("north-1") == list(range(1, CLIENTS + 2))


def test_bundles_of_everything_in_different_orders_do_not_wait_in_a_circle(feed: Voice) -> None:
    """Conditions, updates, patches and deletions of the same records, shuffled, from all clients."""
    known = [build.patient(f"north-{n}", identifier=[{"value": f"v{n}"}]) for n in range(12)]
    feed.post("", build.transaction(*known))
    change = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": PATCH_ACTIVE}
    entries = [
        *[{"resource": known[n], "request": {"method": "PUT", "url": f"Patient/north-{n}"}} for n in range(3)],
        *[{"resource": {k: v for k, v in known[n].items() if k != "id"},
           "request": {"method": "PUT", "url": f"Patient?identifier=v{n}"}} for n in range(3, 6)],
        *[{"resource": change, "request": {"method": "PATCH", "url": f"Patient?identifier=v{n}"}} for n in range(6, 9)],
        *[{"resource": build.patient(identifier=[{"value": f"w{n}"}]),
           "request": {"method": "POST", "url": "Patient", "ifNoneExist": f"identifier=w{n}"}} for n in range(3)],
        *[{"request": {"method": "DELETE", "url": f"Patient/north-{n}"}} for n in range(9, 12)],
    ]  # fmt: skip
    orders = [Random(seed).sample(entries, len(entries)) for seed in range(CLIENTS)]
    bundles = [{"resourceType": "Bundle", "type": "transaction", "entry": order} for order in orders]
    answers = at_once(*[lambda b=b: feed.post("", b) for b in bundles])
    assert statuses(answers) == {200: CLIENTS}, [answer.content for answer in answers]
    assert Current.objects.filter(type="Patient", deleted=False).count() == 12


def test_a_record_deleted_by_all_at_once_is_deleted_once(feed: Voice) -> None:
    feed.put("Patient/north-1", build.patient("north-1"))
    answers = at_once(*[lambda: feed.delete("Patient/north-1")] * CLIENTS)
    assert statuses(answers)[204] == 1
    assert versions("north-1") == [1, 2]


def test_messages_about_one_new_patient_at_once_are_all_accepted(feed: Voice) -> None:
    messages = [ADT.format(n).replace("\n", "\r").encode() for n in range(CLIENTS)]
    answers = at_once(*[lambda m=m: feed.client.post("/hl7v2", m, content_type="application/hl7-v2") for m in messages])
    assert [answer.content.split(b"\rMSA|")[1][:2] for answer in answers] == [b"AA"] * CLIENTS
    assert not Message.objects.exclude(state="DONE").exists()


ADT = """MSH|^~\\&|ADT1|NORTH|MEDBRIDGE|MEDBRIDGE|20260312084711-0700||ADT^A04^ADT_A01|NORTH-ADT-{0}|P|2.5.1
EVN|A04|20260312084700-0700
PID|1||NB-20391^^^NORTH&2.16.840.1.113883.19.391&ISO^MR||Zhang^Alice||19850314|F|||1420 Shoreline Ave^Apt {0}
PV1|1|O|DIAB^3^^NORTH||||||||||||||||V-{0}^^^NORTH&2.16.840.1.113883.19.391&ISO^VN
"""
