"""Replay of one, of a filter, of all: idempotent, and never over what is newer."""

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from medbridge.accounts.models import Hospital
from medbridge.inbox.models import Message
from medbridge.records.models import Version
from tests.integration.conftest import Voice
from tests.integration.inbox.messages import adt, code

pytestmark = pytest.mark.django_db


def send(feed: Voice, raw: bytes) -> str:
    return code(feed.client.post("/hl7v2", raw, content_type="application/hl7-v2").content)


def replay(**options: Any) -> None:
    call_command("replay", hospital="north", process=True, **options)


def states() -> list[str]:
    return list(Message.objects.order_by("id").values_list("state", flat=True))


@pytest.fixture
def undeclared(feed: Voice) -> list[Message]:
    """GB 18030 without a word of it: dead letters until the hospital's charset is set."""
    for n in range(3):
        raw = adt(f"M-{n}", patient=f"NB-{n}", family="张", charset="", codec="gb18030")
        assert send(feed, raw) == "AR"
    return list(Message.objects.order_by("id"))


def mend() -> None:
    Hospital.objects.filter(id="north").update(charset="gb18030")


def test_all(undeclared: list[Message]) -> None:
    mend()
    replay()
    assert states() == ["DONE"] * 3


def test_one(undeclared: list[Message]) -> None:
    mend()
    call_command("replay", str(undeclared[1].pk), hospital="north", process=True)
    assert states() == ["DEAD", "DONE", "DEAD"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"control_id": "M-2"}, ["DEAD", "DEAD", "DONE"]),
        ({"stage": "parse"}, ["DONE"] * 3),
        ({"stage": "store"}, ["DEAD"] * 3),
        ({"reason": "MSH-18"}, ["DONE"] * 3),
        ({"kind": "ccda"}, ["DEAD"] * 3),
        ({"until": timezone.now()}, ["DEAD"] * 3),
    ],
)
def test_a_filter(undeclared: list[Message], chosen: dict[str, Any], expected: list[str]) -> None:
    mend()
    replay(**chosen)
    assert states() == expected


def test_twice_is_once(undeclared: list[Message]) -> None:
    mend()
    replay()
    replay(done=True)
    assert Version.objects.filter(hospital="north", type="Patient", version__gt=1).count() == 0
    assert states() == ["DONE"] * 3


def test_what_is_still_wrong_says_so_again(undeclared: list[Message]) -> None:
    replay()
    assert states() == ["DEAD"] * 3


def test_a_replayed_message_does_not_go_over_a_newer_one(feed: Voice) -> None:
    old = adt("M-1", family="张", charset="", codec="gb18030")
    assert [send(feed, old), send(feed, adt("M-2", family="Wu", minutes=5))] == ["AR", "AA"]
    mend()
    replay()
    assert states() == ["DONE", "DONE"]
    assert Version.objects.filter(hospital="north", type="Patient").count() == 1
