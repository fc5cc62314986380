"""When a sender is told what: original and enhanced mode, by MLLP and HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from medbridge.actions.receive_message import await_outcome, receive_messages
from medbridge.actions.steps.access import listener_actor
from medbridge.inbox.models import Message, Source
from tests.integration.conftest import Voice
from tests.integration.inbox.messages import adt, code

NORTH = listener_actor("north")
NOBODY = adt(patient="")
UNREADABLE = b"MSH|^~\\&|APP|NORTH|MB|MB|20260312||ADT^A08||P|2.5.1"

pytestmark = pytest.mark.django_db


def told(raw: bytes, *, waits: bool = False) -> tuple[str, str]:
    """What an MLLP sender is told at once, and what later."""
    [reply] = receive_messages(arrived=[(NORTH, raw)], at=timezone.now(), origin="mllp", waits=waits)
    later = await_outcome(acknowledged=reply, actor=NORTH, at=timezone.now()) if reply.waits else None
    return code(reply.now), code(later)


@pytest.fixture
def answers(cast: None) -> Callable[[str], None]:
    def choose(value: str) -> None:
        Source.objects.create(hospital="north", answers=value, changed_by="dana", changed_at=timezone.now())

    return choose


@pytest.mark.parametrize(
    ("setting", "waits", "raw", "expected"),
    [
        ("ADAPTIVE", True, adt(), ("", "AA")),
        ("ADAPTIVE", False, adt(), ("AA", "")),
        ("PROCESSED", False, adt(), ("", "AA")),
        ("KEPT", True, adt(), ("AA", "")),
        ("PROCESSED", False, NOBODY, ("", "AE")),
        ("KEPT", True, NOBODY, ("AA", "")),
        ("KEPT", True, UNREADABLE, ("", "AR")),
    ],
)
def test_original_mode_is_answered_as_the_source_is_set(
    answers: Callable[[str], None], setting: str, waits: bool, raw: bytes, expected: tuple[str, str]
) -> None:
    answers(setting)
    assert told(raw, waits=waits) == expected


@pytest.mark.parametrize(
    ("asks", "raw", "expected"),
    [
        ("AL|NE", {}, ("CA", "")),
        ("AL|", {}, ("CA", "")),
        ("AL|AL", {}, ("CA", "AA")),
        ("NE|AL", {}, ("", "AA")),
        ("|AL", {}, ("", "AA")),
        ("NE|NE", {}, ("", "")),
        ("SU|ER", {}, ("CA", "")),
        ("ER|SU", {}, ("", "AA")),
        ("AL|ER", {"patient": ""}, ("CA", "AE")),
        ("AL|SU", {"patient": ""}, ("CA", "")),
        ("AL|AL", {"key": ""}, ("CR", "")),
        ("SU|AL", {"key": ""}, ("", "")),
    ],
)
def test_enhanced_mode_is_answered_as_the_message_asks(
    cast: None, asks: str, raw: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert told(adt(asks=asks, **raw), waits=True) == expected


def test_nothing_is_acknowledged_before_it_is_kept(cast: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("medbridge.actions.steps.arriving.keep_all", full)
    with pytest.raises(OSError, match="no space"):
        told(adt(asks="AL|NE"))


@pytest.mark.parametrize("asks", ["|", "AL|NE", "AL|AL"])
def test_the_same_message_again_is_one_message_with_the_same_answer(cast: None, asks: str) -> None:
    raw = adt(asks=asks)
    first, again = (receive_messages(arrived=[(NORTH, raw)], at=timezone.now(), origin="mllp", waits=False)[0]
                    for _ in range(2))  # fmt: skip
    assert (first.now, Message.objects.count()) == (again.now, 1)


def test_the_same_message_twice_in_one_batch_is_one_message(cast: None) -> None:
    replies = receive_messages(arrived=[(NORTH, adt()), (NORTH, adt() + b"\r\n")], at=timezone.now(), origin="mllp",
                               waits=False)  # fmt: skip
    assert [code(reply.now) for reply in replies] == ["AA", "AA"]
    assert Message.objects.count() == 1


def test_the_application_acknowledgement_asks_for_none_itself(cast: None) -> None:
    [reply] = receive_messages(arrived=[(NORTH, adt(asks="NE|AL"))], at=timezone.now(), origin="mllp", waits=False)
    answer = await_outcome(acknowledged=reply, actor=NORTH, at=timezone.now())
    assert answer is not None
    assert answer.split(b"\r")[0].split(b"|")[14:16] == [b"NE", b"NE"]


@pytest.mark.parametrize(
    ("asks", "patient", "status", "expected"),
    [("|", "NB-1", 200, "AA"), ("AL|NE", "NB-1", 200, "CA"), ("AL|NE", "", 200, "CE"), ("AL|AL", "NB-1", 200, "AA"),
     ("AL|AL", "", 200, "AE"), ("NE|NE", "NB-1", 202, "")],
)  # fmt: skip
def test_http_carries_one_answer(feed: Voice, asks: str, patient: str, status: int, expected: str) -> None:
    raw = adt(asks=asks, patient=patient)
    answer = feed.client.post("/hl7v2", raw, content_type="application/hl7-v2")
    assert (answer.status_code, code(answer.content)) == (status, expected)


def test_the_same_control_id_with_another_body_is_processed_and_flagged(feed: Voice) -> None:
    for family in ("Zhang", "Wu"):
        assert code(feed.client.post("/hl7v2", adt(family=family), content_type="application/hl7-v2").content) == "AA"
    first, second = Message.objects.order_by("id")
    assert first.problems == [] or all(problem["stage"] != "duplicate" for problem in first.problems)
    flagged = [problem for problem in second.problems if problem["stage"] == "duplicate"]
    assert [problem["place"] for problem in flagged] == ["MSH-10"] and str(first.id) in flagged[0]["reason"]
