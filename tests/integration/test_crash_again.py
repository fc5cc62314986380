"""Repetition, recovery and replay that meet after a kill: each record is written once."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from medbridge.accounts.models import Account
from medbridge.accounts.scopes import EVERYTHING
from medbridge.accounts.tokens import actor_of
from medbridge.actions.process_waiting import process_waiting
from medbridge.actions.replay_message import replay_message
from medbridge.inbox.models import Message
from medbridge.records.models import Version
from tests import build
from tests.integration.conftest import Voice
from tests.integration.test_crash_push import Killed, broken, interrupted, killed, recover

URN = "urn:uuid:00000000-0000-4000-8000-{:012d}"
ENTRY = "medbridge.actions.push_bundle.carry_out_alone"

pytestmark = pytest.mark.django_db(transaction=True)


def versions() -> list[str]:
    """Type of each version that north's messages made, but for their Provenance."""
    pushed = Version.objects.filter(hospital="north", message__isnull=False).exclude(type="Provenance")
    return sorted(pushed.values_list("type", flat=True))


def updates() -> dict[str, Any]:
    return build.transaction(build.patient("north-1"), build.observation("Patient/north-1", "north-2"))


def test_updates_killed_and_repeated_are_not_written_once_more_by_the_recovery(feed: Voice) -> None:
    with killed("medbridge.records.store.write"):
        feed.post("", updates())
    assert feed.post("", updates()).status_code == 200
    recover()
    assert (versions(), broken()) == (["Observation", "Patient"], {})


def test_a_transaction_sent_anew_and_repeated_is_written_once_more_and_not_twice(feed: Voice) -> None:
    bundle = build.transaction(build.patient())
    first = feed.post("", bundle).json()["entry"][0]["response"]["location"]
    feed.delete(first.partition("/_history")[0])
    answers = [feed.post("", bundle).json()["entry"][0]["response"]["location"] for _ in range(3)]
    assert len(set(answers)) == 1 and answers[0] != first


def test_a_transaction_sent_anew_a_day_later_and_repeated_is_written_once_more_and_not_twice(feed: Voice) -> None:
    feed.post("", build.transaction(build.patient()))
    Message.objects.update(received_at=timezone.now() - timedelta(days=2))
    for _ in range(2):
        feed.post("", build.transaction(build.patient()))
    assert versions() == ["Patient", "Patient"]


def batch() -> dict[str, Any]:
    observations = [build.observation("Patient/north-1", f"north-o{n}") for n in range(2)]
    again = build.observation("Patient/north-1", "north-o0", status="amended")
    return build.transaction(build.patient("north-1"), build.patient(), *observations, again, type="batch")


WHOLE_BATCH = ["Observation", "Observation", "Observation", "Patient", "Patient"]


@pytest.mark.parametrize("done", range(5))
@pytest.mark.parametrize("way", ["recovered", "repeated", "both"])
def test_a_batch_killed_between_two_entries_is_continued(way: str, done: int, feed: Voice) -> None:
    with killed_at(ENTRY, done):
        feed.post("", batch())
    if way != "repeated":
        recover()
    if way == "repeated":
        answer = feed.post("", batch())
        assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["201"] * 4 + ["200"]
    if way == "both":
        recover()
    assert (versions(), broken()) == (WHOLE_BATCH, {})
    assert Message.objects.get().state == "DONE"


def test_a_batch_killed_after_its_last_entry_is_not_carried_out_again(feed: Voice) -> None:
    with killed("medbridge.inbox.store.done"):
        feed.post("", batch())
    recover()
    assert (versions(), broken()) == (WHOLE_BATCH, {})


def killed_at(step: str, passes: int) -> Any:
    """Dies at the step's (passes + 1)-th call."""
    left = iter(range(passes))

    def die() -> None:
        if next(left, None) is None:
            raise Killed

    return _Killed(step, die)


class _Killed:
    def __init__(self, step: str, by: Callable[[], None]) -> None:
        self.inner = interrupted(step, after=False, by=by)

    def __enter__(self) -> None:
        self.inner.__enter__()

    def __exit__(self, kind: type[BaseException] | None, *rest: Any) -> bool:
        self.inner.__exit__(None, None, None)
        connection.close()
        assert kind is Killed
        return True


@pytest.mark.parametrize(
    "step", ["medbridge.actions.steps.writing.commit", "medbridge.inbox.store.done", "medbridge.inbox.store.body_of"]
)
def test_a_killed_replay_of_a_create_is_taken_up_and_creates_once(step: str, feed: Voice) -> None:
    letter = dead_letter(feed)
    with killed(step):
        replay(letter)
    recover()
    letter.refresh_from_db()
    assert (letter.state, versions(), broken()) == ("DONE", ["Patient", "Practitioner"], {})


def test_a_replayed_conditional_create_does_not_double_what_was_created_meanwhile(feed: Voice) -> None:
    letter = dead_letter(feed, If_None_Exist=f"identifier={build.RESIDENT_ID}|11010519491231002X")
    feed.post("Patient", build.patient())
    replay(letter)
    letter.refresh_from_db()
    assert (letter.state, versions()) == ("DONE", ["Patient", "Practitioner"])


def test_a_replayed_update_of_a_version_does_not_come_over_a_newer_one(feed: Voice) -> None:
    for body in (build.patient("north-1"), build.patient("north-1", active=True)):
        feed.put("Patient/north-1", body)
    assert feed.put("Patient/north-1", build.patient("north-1"), If_Match='W/"1"').status_code == 412
    letter = Message.objects.get(state="DEAD")
    replay(letter)
    letter.refresh_from_db()
    assert (letter.state, versions()) == ("DEAD", ["Patient", "Patient"])


def dead_letter(feed: Voice, **headers: str) -> Message:
    """A Patient that named a doctor who was not there yet; now he is."""
    body = build.patient(generalPractitioner=[{"reference": "Practitioner/north-doctor"}])
    assert feed.post("Patient", body, **headers).status_code == 422
    feed.put("Practitioner/north-doctor", {"resourceType": "Practitioner", "id": "north-doctor"})
    return Message.objects.get(state="DEAD")


def replay(letter: Message) -> None:
    dana = actor_of(Account.objects.get(username="dana"), purpose="HOPERAT", scopes=EVERYTHING)
    replay_message(actor=dana, at=timezone.now(), message=letter.id)


def test_a_message_that_cannot_be_processed_does_not_hold_up_those_behind_it(feed: Voice) -> None:
    with killed("medbridge.records.store.write"):
        feed.post("", build.transaction(build.patient()))
    poison = Message.objects.get()
    Message.objects.filter(pk=poison.pk).update(body=b"not zlib: the disk lost a block")
    with killed("medbridge.records.store.write"):
        feed.post("", build.transaction(build.observation(URN.format(0)), build.patient()))
    for _ in range(3):
        recover()
    assert dict(Message.objects.values_list("state", "records")) == {"DEAD": 0, "DONE": 2}


def test_a_message_that_a_request_is_working_on_is_left_to_it(feed: Voice) -> None:
    with killed("medbridge.records.store.write"):
        feed.post("", updates())
    working, done = Event(), Event()

    def request() -> None:
        with transaction.atomic():
            Message.objects.select_for_update().get()
            working.set()
            done.wait(timeout=10)
        connection.close()

    other = Thread(target=request)
    other.start()
    working.wait(timeout=10)
    taken = process_waiting(at=timezone.now(), grace=timedelta(0))
    done.set()
    other.join()
    assert (taken, versions()) == (0, [])


@pytest.mark.parametrize("step", ["medbridge.inbox.store.body_of", "medbridge.actions.steps.writing.commit",
                                  "medbridge.inbox.store.done"])  # fmt: skip
def test_a_killed_recovery_is_recovered_from(step: str, feed: Voice) -> None:
    with killed("medbridge.records.store.write"):
        feed.post("", updates())
    with killed(step):
        recover()
    recover()
    assert (versions(), broken()) == (["Observation", "Patient"], {})


def test_a_killed_refusal_is_a_dead_letter_after_the_recovery(feed: Voice) -> None:
    wrong = build.transaction(build.patient(gender="femal"))
    with killed("medbridge.inbox.store.dead"):
        feed.post("", wrong)
    recover()
    assert Message.objects.get().place == "Bundle.entry[0].resource.gender"
    assert feed.post("", wrong).status_code == 422
    assert (Message.objects.get().state, versions()) == ("DEAD", [])


def test_a_registration_that_was_never_answered_does_not_come_back_over_a_newer_one(feed: Voice) -> None:
    with killed("medbridge.records.store.write"):
        feed.client.post("/hl7v2", registration(1, "Old"), content_type="application/hl7-v2")
    feed.client.post("/hl7v2", registration(2, "New"), content_type="application/hl7-v2")
    recover()
    assert feed.ids("Patient?family=New") and not feed.ids("Patient?family=Old")
    assert set(Message.objects.values_list("state", flat=True)) == {"DONE"}


def registration(number: int, family: str) -> bytes:
    lines = (
        f"MSH|^~\\&|ADT1|NORTH|MB|MB|2026031208471{number}-0700||ADT^A08^ADT_A01|N-{number}|P|2.5.1",
        "EVN|A08|20260312084700-0700",
        f"PID|1||NB-1^^^NORTH&2.16.840.1.113883.19.391&ISO^MR||{family}^Alice||19850314|F",
    )
    return "\r".join(lines).encode()


def test_an_update_that_was_never_answered_does_not_come_back_over_a_newer_one(feed: Voice) -> None:
    with killed("medbridge.records.store.write"):
        feed.post("", updates())
    newer = build.patient("north-1", active=True)
    feed.put("Patient/north-1", newer)
    recover()
    assert feed.get("Patient/north-1").json()["active"] is True
    letter = Message.objects.get(kind="bundle")
    assert (letter.state, letter.reason[:27]) == ("DEAD", "Patient/north-1 was changed")
