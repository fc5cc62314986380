"""Eight clients at the same moment, each with its own connection, over HTTP."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
