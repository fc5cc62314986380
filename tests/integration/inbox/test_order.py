"""One state, whatever the order of arrival and the number of workers."""

import itertools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from medbridge.actions.process_messages import process_messages, settle_message
from medbridge.actions.receive_message import receive_messages
from medbridge.actions.steps import storing
from medbridge.actions.steps.access import listener_actor
from medbridge.actions.steps.intent import Intent
from medbridge.inbox import queue
from medbridge.inbox.models import Message
from medbridge.records.models import Version
from tests.integration.inbox.messages import adt

NORTH = listener_actor("north")


def keep(*raws: bytes) -> list[Message]:
    """In the inbox, not processed yet."""
    replies = receive_messages(
        arrived=[(NORTH, raw) for raw in raws], at=timezone.now(), origin="mllp", waits=False
    )  # fmt: skip
    return [reply.kept.message for reply in replies]


def drain() -> None:
    while process_messages(at=timezone.now()):
        pass


def families() -> list[str]:
    """The family names of all versions of Alice's Patient, in order."""
    rows = Version.objects.filter(hospital="north", type="Patient").order_by("version").values_list("body", flat=True)
    return [bytes(body).split(b'"family":"')[1].split(b'"')[0].decode() for body in rows]


@pytest.fixture
def family(cast: None) -> None:
    pass


@pytest.mark.django_db
def test_messages_of_one_patient_are_processed_in_the_order_of_arrival(family: None) -> None:
    keep(*(adt(f"M-{n}", family=f"F{n}", minutes=n) for n in range(5)))
    drain()
    assert families() == ["F0", "F1", "F2", "F3", "F4"]


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_stale_message_never_overwrites_a_newer_state(family: None, order: Sequence[int]) -> None:
    for n in order:
        keep(adt(f"M-{n}", family=f"F{n}", minutes=n))
        drain()
    assert families()[-1] == "F2"


@pytest.mark.django_db
def test_what_a_later_event_confirmed_an_event_between_does_not_overwrite(family: None) -> None:
    for minutes, name in ((0, "Zhang"), (20, "Zhang"), (10, "Wu")):
        keep(adt(f"M-{minutes}", family=name, minutes=minutes))
        drain()
    assert families() == ["Zhang"]


@pytest.mark.django_db
def test_one_that_waits_for_the_outcome_does_not_go_before_those_before_it(family: None) -> None:
    _, last = keep(adt("M-1", family="F1", minutes=1), adt("M-2", family="F2", minutes=2))
    settle_message(last, at=timezone.now())
    assert (families(), last.state) == (["F1", "F2"], Message.State.DONE)


@pytest.mark.django_db
def test_one_bad_message_spoils_no_other(family: None) -> None:
    keep(adt("M-1", patient="NB-1"), adt("M-2", patient=""), adt("M-3", patient="NB-3"))
    drain()
    assert list(Message.objects.order_by("control_id").values_list("state", flat=True)) == ["DONE", "DEAD", "DONE"]


@pytest.mark.django_db
def test_what_nobody_foresaw_holds_up_no_other_and_ends_as_a_dead_letter(
    family: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = storing.write

    def failing(intents: Sequence[Intent], **how: Any) -> Any:
        if any("Bad" in str(intent.resource) for intent in intents):
            raise KeyError("nobody foresaw this")
        return real(intents, **how)

    monkeypatch.setattr(storing, "write", failing)
    keep(adt("M-1", patient="NB-1"), adt("M-2", patient="NB-2", family="Bad"), adt("M-3", patient="NB-3"))
    drain()
    found = Message.objects.order_by("control_id").values_list("state", "stage")
    assert list(found) == [("DONE", ""), ("DEAD", "process"), ("DONE", "")]


@pytest.fixture
def four_workers(transactional_db: None, cast: None) -> Iterator[list[threading.Thread]]:
    def work() -> None:
        try:
            drain()
        finally:
            connection.close()

    yield [threading.Thread(target=work) for _ in range(4)]


def test_any_number_of_workers_give_one_state(four_workers: list[threading.Thread]) -> None:
    keep(*(adt(f"M-{n}", patient=f"NB-{n % 7}", family=f"F{n:02}", minutes=n) for n in range(56)))
    for worker in four_workers:
        worker.start()
    for worker in four_workers:
        worker.join(60)
    drain()
    assert set(Message.objects.values_list("state", flat=True)) == {"DONE"}
    newest = [
        Version.objects.filter(type="Patient", hospital="north", id=id).order_by("-version").first()
        for id in Version.objects.filter(type="Patient", hospital="north").values_list("id", flat=True).distinct()
    ]
    assert sorted(bytes(row.body).split(b'"family":"')[1][:3] for row in newest if row) == [
        f"F{n}".encode() for n in range(49, 56)
    ]


def test_a_merge_waits_for_both_patients(transactional_db: None, cast: None) -> None:
    merge = adt("M-2", event="A40") + b"\rMRG|NB-2^^^NORTH^MR"
    first, merging, other = keep(adt("M-1", patient="NB-2"), merge, adt("M-3", patient="NB-9"))
    with transaction.atomic():
        assert [message.pk for message in queue.take(10)] == [first.pk, merging.pk, other.pk]
    held = threading.Thread(target=_hold, args=(first.lanes, release := threading.Event(), ready := threading.Event()))
    held.start()
    ready.wait(10)
    with transaction.atomic():
        assert [message.pk for message in queue.take(10)] == [other.pk]
    release.set()
    held.join(10)


def _hold(lanes: list[int], release: threading.Event, ready: threading.Event) -> None:
    try:
        with transaction.atomic():
            queue._try(lanes, len(lanes))
            ready.set()
            release.wait(10)
    finally:
        connection.close()
