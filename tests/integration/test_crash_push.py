"""The process dies, or loses the database, between any two steps of a push: nothing half-stored; recovery is the same
function run again (process_waiting), or the sender sending the same bytes again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from medbridge.actions.process_waiting import process_waiting
from medbridge.inbox.models import Message
from medbridge.records.models import Current, Version
from tests import build
from tests.integration.conftest import Voice
from tests.integration.whole import faults

SAMPLES = Path(__file__).resolve().parents[2] / "medbridge" / "samples"
URN = "urn:uuid:00000000-0000-4000-8000-{:012d}"
STORING = [
    "medbridge.actions.steps.linking.resolve",
    "medbridge.actions.steps.linking.check_references",
    "medbridge.records.store.heads",
    "medbridge.records.store._numbers",
    "medbridge.records.store._version_row",
    "medbridge.records.store._current_row",
    "medbridge.records.values.replace",
    "medbridge.records.store.together",
    "medbridge.records.store.write",
    "medbridge.consent.store.remove",
    "medbridge.consent.store.store",
    "medbridge.identity.shelf.put",
    "medbridge.identity.shelf.put_keys",
    "medbridge.identity.link.place_all",
    "anchoring.services.submit",
    "anchoring.services.submission",
    "medbridge.actions.steps.writing.commit",
    "medbridge.actions.steps.writing.note",
]
KEEPING = ["medbridge.inbox.store.receive"]
SETTLING = ["medbridge.inbox.store.done"]
# Of several records in one write, and of a single one.
ALL = ("medbridge.records.values.replace", "anchoring.services.submit")
ONE = ("medbridge.records.store.together", "anchoring.services.submission")
CONSENT = ("medbridge.consent.store.remove", "medbridge.consent.store.store")
# The references of converters are final.
FINAL = ("medbridge.actions.steps.linking.resolve",)
UNRELATED = {"create": (*CONSENT, *ALL), "update": (*CONSENT, *ALL), "message": (*CONSENT, *ONE, *FINAL)}
STEPS = {
    "bundle": [*KEEPING, *STORING, "medbridge.actions.push_bundle.attest", *SETTLING,
               "medbridge.actions.push_bundle._transaction"],
    "message": ["medbridge.actions.steps.arriving.keep_all", "medbridge.actions.steps.storing.check", *STORING,
                "medbridge.actions.steps.storing.attest_all", "medbridge.inbox.settling.done_all",
                "medbridge.actions.process_messages._carry_out"],
    "create": ["medbridge.inbox.store.keep_settled", *STORING, "medbridge.actions.steps.keeping.write"],
    "update": ["medbridge.inbox.store.keep_settled",
               *(step for step in STORING if not step.endswith("_current_row")),
               "medbridge.records.store._updated", "medbridge.actions.steps.keeping.write"],
}  # fmt: skip
CASES = [(kind, step) for kind, steps in STEPS.items() for step in steps if step not in UNRELATED.get(kind, ())]
LAST = {
    "bundle": "medbridge.actions.push_bundle._transaction",
    "message": "medbridge.actions.receive_message.settle_message",
    "create": "medbridge.actions.create_record.interaction",
    "update": "medbridge.actions.update_record.interaction",
}


class Killed(BaseException):
    """Not an Exception, so that nothing can catch it: the process is gone."""


@contextmanager
def killed(step: str, *, after: bool = False) -> Iterator[None]:
    """The process dies just before, or just after, the named function; PostgreSQL sees the connection end."""
    with interrupted(step, after=after, by=_die), pytest.raises(Killed):
        yield
    connection.close()


@contextmanager
def interrupted(step: str, *, after: bool, by: Callable[[], object]) -> Iterator[None]:
    module, _, name = step.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)
    reached = []

    def interrupting(*args: Any, **kwargs: Any) -> Any:
        reached.append(step)
        if not after:
            by()
        result = real(*args, **kwargs)
        if after:
            by()
        return result

    with patch(step, interrupting):
        yield
    assert reached, f"the push does not pass {step}"


def _die() -> None:
    raise Killed


def _lose_database() -> None:
    connection.connection.close()


@pytest.fixture
def push(feed: Voice) -> Callable[[str], Any]:
    """Push the same bytes each time; "update" needs the record to be there first."""
    bundle = build.transaction(build.patient(), build.observation(URN.format(0)), build.consent(URN.format(0)))
    adt = (SAMPLES / "hl7v2" / "north_adt_a04.hl7").read_bytes()
    ways: dict[str, Callable[[], Any]] = {
        "bundle": lambda: feed.post("", bundle),
        "message": lambda: feed.client.post("/hl7v2", adt, content_type="application/hl7-v2"),
        "create": lambda: feed.post("Patient", build.patient()),
        "update": lambda: feed.put("Patient/north-1", build.patient("north-1", gender="unknown")),
    }
    return lambda kind: ways[kind]()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "step"), CASES)
def test_killed_before_a_step_nothing_is_stored_and_the_sender_may_repeat(
    kind: str, step: str, feed: Voice, push: Callable[[str], Any]
) -> None:
    ready(kind, feed)
    before = counts()
    with killed(step):
        push(kind)
    assert (counts(), broken()) == (before, {})
    assert push(kind).status_code in (200, 201)
    assert_once(kind)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "step"), [case for case in CASES if case[0] in ("bundle", "message")])
def test_killed_before_a_step_a_kept_message_is_taken_up_and_the_sender_may_repeat(
    kind: str, step: str, push: Callable[[str], Any]
) -> None:
    with killed(step):
        push(kind)
    recover()
    recover()
    if Message.objects.exists():  # nothing was kept when it died before the first step
        assert_once(kind)
    push(kind)
    assert_once(kind)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", LAST)
def test_killed_after_the_commit_everything_is_stored(kind: str, feed: Voice, push: Callable[[str], Any]) -> None:
    ready(kind, feed)
    with killed(LAST[kind], after=True):
        push(kind)
    assert_once(kind)
    recover()
    assert_once(kind)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["bundle", "message"])
def test_killed_after_the_commit_the_same_bytes_again_are_the_same_message(
    kind: str, push: Callable[[str], Any]
) -> None:
    with killed(LAST[kind], after=True):
        push(kind)
    assert push(kind).status_code == 200
    assert_once(kind)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS["bundle"])
def test_the_database_lost_before_a_step_the_sender_is_told_and_may_repeat(
    step: str, push: Callable[[str], Any]
) -> None:
    with interrupted(step, after=False, by=_lose_database):
        assert push("bundle").status_code == 503
    close_old_connections()  # as the next request does
    assert (counts()[0], broken()) == (DIRECTORY, {})
    assert push("bundle").status_code == 200
    assert_once("bundle")


def ready(kind: str, feed: Voice) -> None:
    if kind == "update":
        feed.put("Patient/north-1", build.patient("north-1"))


def recover() -> None:
    process_waiting(at=timezone.now(), grace=timedelta(0))


DIRECTORY = len(build.ACCOUNTS["hospitals"]) + sum("practitioner" in p for p in build.ACCOUNTS["people"])


def counts() -> tuple[int, int]:
    return Version.objects.count(), Current.objects.count()


def broken() -> dict[str, Any]:
    with connection.cursor() as cursor:
        return faults(cursor)


EXPECTED = {
    "bundle": {"Patient": 1, "Observation": 1, "Consent": 1, "Provenance": 1},
    "create": {"Patient": 1},
    "update": {"Patient": 2},
}


def assert_once(kind: str) -> None:
    """Every record of the push is there once, and nothing else of this hospital."""
    assert broken() == {}
    pushed = list(Version.objects.filter(hospital="north", message__isnull=False).values_list("type", flat=True))
    if kind == "message":
        assert pushed.count("Patient") == 1 and pushed.count("Encounter") == 1
        assert not Version.objects.filter(message__isnull=False, version__gt=1).exists()
    else:
        assert {type: pushed.count(type) for type in pushed} == EXPECTED[kind]
    messages = list(Message.objects.values_list("state", flat=True))
    assert messages == ["DONE"] * (2 if kind == "update" else 1)
