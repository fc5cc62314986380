"""Dana at the hospital's desk: throughput, what failed alike, the bad bytes, the settings of a sender."""

from collections.abc import Callable

import pytest
from django.test import Client

from medbridge.inbox.models import Message, Source
from tests.integration.conftest import Voice
from tests.integration.desk.conftest import Visitor
from tests.integration.inbox.messages import adt, code

pytestmark = pytest.mark.django_db
GB = adt(family="张三", charset="", codec="gb18030")


@pytest.fixture
def dana(cast: None) -> Visitor:
    return Visitor("dana")


def send(feed: Voice, raw: bytes) -> str:
    return code(feed.client.post("/hl7v2", raw, content_type="application/hl7-v2").content)


def message_page(dana: Visitor) -> str:
    return dana.answer(f"hospital/messages/{Message.objects.get().pk}").content.decode()


def test_the_inbox_says_how_much_comes_and_what_becomes_of_it(feed: Voice, dana: Visitor) -> None:
    send(feed, adt())
    page = dana.see("hospital/")
    assert "Received: 1 in the last minute, 1 in the last hour." in page and "are in records or kept" in page


def test_a_message_says_what_became_of_its_fields(feed: Voice, dana: Visitor) -> None:
    send(feed, adt())
    message = Message.objects.get()
    assert message.mapped and f"{message.mapped} in records" in dana.see(f"hospital/messages/{message.pk}")


def test_the_bytes_that_are_no_text_are_marked(feed: Voice, dana: Visitor) -> None:
    send(feed, GB)
    first = GB.index("张".encode("gb18030"))
    page = message_page(dana)
    assert f"bytes {first} to" in page and '<code id="wrong-bytes">d5' in page
    assert "<mark>" in page and page.index("PID|1") < page.index("<mark>") < page.index("Alice")


def test_the_field_that_is_wrong_is_marked(feed: Voice, dana: Visitor) -> None:
    send(feed, adt(patient=""))
    page = message_page(dana)
    assert "<mark>^^^NORTH^MR</mark>" in page


def test_what_failed_alike_is_replayed_together(feed: Voice, dana: Visitor) -> None:
    for n in range(2):
        send(feed, adt(f"M-{n}", patient=""))
    assert "2 × convert" in dana.see("hospital/", state="DEAD")
    assert "2 messages are processed again." in dana.do("hospital/replay", stage="convert")
    assert set(Message.objects.values_list("state", flat=True)) == {"RECEIVED"}


def test_a_charset_set_at_the_desk_wins(feed: Voice, dana: Visitor) -> None:
    said = dana.do("hospital/sources", sender="north-feed", charset="gb18030", answers="ADAPTIVE")
    assert "Saved." in said and "gb18030" in said
    assert send(feed, GB) == "AA"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [("charset", "klingon", "is not a character set"), ("timezone", "Mars/Base", "is not a time zone"),
     ("packs", "../etc", "is not the name of a pack")],
)  # fmt: skip
def test_what_no_reader_could_use_is_a_sentence(dana: Visitor, field: str, value: str, sentence: str) -> None:
    assert sentence in dana.do("hospital/sources", answers="KEPT", **{field: value})
    assert not Source.objects.exists()


def test_a_removed_row_leaves_the_hospitals_settings(dana: Visitor) -> None:
    dana.do("hospital/sources", charset="gb18030", answers="KEPT")
    assert "Removed" in dana.do("hospital/sources", sender="", remove="yes")
    assert not Source.objects.exists()


@pytest.mark.parametrize("username", ["bob", "north-feed", "alice"])
def test_only_an_engineer_changes_how_messages_are_read(cast: None, username: str) -> None:
    Visitor(username).answer("hospital/sources", 403)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 200), (b'{"stage": "convert"}', 200), (b"[]", 400), (b'{"stage": 1}', 400), (b'{"since": "soon"}', 400),
     (b'{"nothing": "x"}', 400), (b'{"messages": ["x"]}', 400)],
)  # fmt: skip
def test_a_program_replays_by_post(feed: Voice, body: bytes, status: int) -> None:
    send(feed, adt(patient=""))
    answer = feed.client.post("/hl7v2/replay", body, content_type="application/json")
    assert (answer.status_code, answer.json().get("replayed")) == (status, 1 if status == 200 else None)


def test_another_hospital_replays_only_its_own(feed: Voice, voice: Callable[..., Voice]) -> None:
    send(feed, adt(patient=""))
    other: Client = voice("mallory").client
    assert other.post("/hl7v2/replay", b"", content_type="application/json").json().get("replayed") in (0, None)
    assert Message.objects.get().state == "DEAD"
