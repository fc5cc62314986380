"""Older records are indexed while others read and write; until then every answer says that some may be missing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from medbridge.actions.reindex_records import begin_reindex, reindex_progress, reindex_records
from medbridge.fhir.parse import parse
from medbridge.records import custom, values
from medbridge.records.models import Current, Version
from medbridge.tasks import reindex
from tests import build
from tests.integration.conftest import Voice
from tests.integration.custom.conftest import COLOUR, colour, define, reindexed

URL = "http://example.org/SearchParameter/wristband"
EXPRESSION = f"Patient.extension('{COLOUR}').value"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def older(feed: Voice, dana: Voice, settings: Any) -> Voice:
    """Ten red Patients that were there before the parameter; batches of four."""
    settings.REINDEX_BATCH = 4
    for number in range(10):
        feed.put(f"Patient/north-{number}", build.patient(f"north-{number}", **colour("red")))
    define(dana, "wristband", "token", EXPRESSION, "Patient")
    return feed


def step() -> Any:
    return reindex_records(at=timezone.now())


def warnings(voice: Voice, search: str) -> list[str]:
    entries = voice.get(search).json().get("entry", [])
    return [
        issue["diagnostics"]
        for entry in entries
        if entry["search"]["mode"] == "outcome"
        for issue in entry["resource"]["issue"]
    ]


def found_by_looking(value: str) -> set[str]:
    """Brute force: every current Patient read and compared."""
    rows = Current.objects.filter(type="Patient", deleted=False).values_list("id", "version_pk")
    bodies = {id: parse(bytes(Version.objects.get(pk=pk).body or b"")) for id, pk in rows}
    return {
        f"Patient/{id}"
        for id, body in bodies.items()
        if value in [each.get("valueCode") for each in body.get("extension", [])]
    }


def test_until_it_is_complete_an_answer_says_how_far_it_is(older: Voice) -> None:
    assert older.ids("Patient?wristband=red") == []
    assert ["is at 0 %" in told for told in warnings(older, "Patient?wristband=red")] == [True]
    step()
    assert len(older.ids("Patient?wristband=red")) == 4
    assert ["is at 40 %" in told for told in warnings(older, "Patient?wristband=red")] == [True]
    assert reindexed() == 10
    assert len(older.ids("Patient?wristband=red")) == 10
    assert warnings(older, "Patient?wristband=red") == []


def test_a_search_by_other_parameters_is_not_warned(older: Voice) -> None:
    assert warnings(older, "Patient?gender=female") == []


def test_a_condition_is_not_judged_by_half_an_index(older: Voice) -> None:
    answer = older.post("Patient", build.patient(**colour("red")), If_None_Exist="wristband=red")
    assert answer.status_code == 503
    reindexed()
    answer = older.post("Patient", build.patient(**colour("red")), If_None_Exist="wristband=red")
    assert answer.status_code == 412


def test_versions_are_not_touched(older: Voice) -> None:
    before = list(Version.objects.order_by("pk").values_list("pk", "at", "body"))
    times = list(Current.objects.order_by("pk").values_list("pk", "updated_at", "version"))
    reindexed()
    assert list(Version.objects.order_by("pk").values_list("pk", "at", "body")) == before
    assert list(Current.objects.order_by("pk").values_list("pk", "updated_at", "version")) == times


def test_after_a_crash_it_goes_on_where_it_was(older: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    step()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(values, "replace", _killed)
        step()
    [progress] = reindex_progress()
    assert (progress.done, progress.percent) == (4, 40)
    reindex()  # the tick of the clock
    assert reindex_progress()[0].percent == 100
    assert len(older.ids("Patient?wristband=red")) == 10


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_another_expression_for_the_same_code_leaves_nothing_of_the_first(older: Voice, dana: Voice) -> None:
    reindexed()
    define(dana, "wristband", "token", "Patient.maritalStatus", "Patient")
    reindexed()
    assert older.ids("Patient?wristband=red") == []
    assert older.ids("Patient?wristband:missing=false") == []


def test_what_a_retired_parameter_left_goes_with_the_next_reindex(older: Voice, dana: Voice) -> None:
    reindexed()
    held = Current.objects.get(id="north-0").terms
    define(dana, "wristband", "token", EXPRESSION, "Patient", status="retired")
    assert Current.objects.get(id="north-0").terms == held
    begin_reindex(at=timezone.now())
    reindexed()
    assert len(Current.objects.get(id="north-0").terms) < len(held)


def test_the_command_shows_progress(older: Voice) -> None:
    out = StringIO()
    call_command("reindex", parameter=URL, stdout=out)
    assert out.getvalue().split("\n")[:3] == [" 40 %  4 of 10", " 80 %  8 of 10", "100 %  10 records walked over."]
    call_command("reindex", stdout=out)
    assert reindex_progress([""])[0].percent == 100


def test_the_command_names_a_parameter_that_is_not_in_use(db: None) -> None:
    with pytest.raises(CommandError, match="No custom search parameter urn:x is in use"):
        call_command("reindex", parameter="urn:x")


@contextmanager
def elsewhere(act: Callable[[], Any]) -> Iterator[None]:
    """In a transaction of another connection, which commits when the block ends."""
    acted, end = Event(), Event()

    def run() -> None:
        try:
            with transaction.atomic():
                act()
                acted.set()
                assert end.wait(20)
        finally:
            acted.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        assert acted.wait(20)
        try:
            yield
        finally:
            end.set()
            running.result()


def test_a_write_that_began_before_the_activation_is_not_lost(feed: Voice, dana: Voice) -> None:
    """It indexes without the parameter, and commits after the walk could have passed its place."""
    feed.put("Patient/north-first", build.patient("north-first"))  # the first writer of a hospital holds up the second
    body = build.patient("north-late", **colour("red"))
    with elsewhere(lambda: feed.put("Patient/north-late", body)):
        define(dana, "wristband", "token", EXPRESSION, "Patient")
        progress = step()
        assert (progress.done, progress.finished) == (0, None)
    assert reindexed() == 2
    assert feed.ids("Patient?wristband=red") == ["Patient/north-late"]


def test_a_write_that_began_after_the_activation_holds_up_nothing(older: Voice) -> None:
    body = build.patient("north-new", **colour("red"))
    with elsewhere(lambda: older.put("Patient/north-new", body)):
        assert reindexed() == 10
    assert len(older.ids("Patient?wristband=red")) == 11


def test_of_two_processes_one_takes_the_batch(older: Voice) -> None:
    with elsewhere(step):
        assert step() is None


def test_with_writers_at_work_search_equals_brute_force(older: Voice, voice: Callable[..., Voice]) -> None:
    """Three writers change, add and delete red and blue Patients while the walk goes on."""
    stop = Event()

    def write(worker: int) -> int:
        count = 0
        try:
            while not stop.is_set() or count < 10:
                id = f"north-{(count * 3 + worker) % 20}"
                if count % 7 == 6:
                    older.delete(f"Patient/{id}")
                else:
                    body = build.patient(id, **colour(("red", "blue")[count % 2]))
                    assert older.put(f"Patient/{id}", body).status_code in (200, 201, 409)
                count += 1
        finally:
            connection.close()
        return count

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, worker) for worker in range(3)]
        for _ in range(3):
            begin_reindex(at=timezone.now(), url=URL)
            reindexed()
        stop.set()
        assert all(writer.result() >= 10 for writer in writers)
    for value in ("red", "blue"):
        assert set(older.ids(f"Patient?wristband={value}&_count=100")) == found_by_looking(value) != set()


def test_another_process_knows_within_a_second(older: Voice) -> None:
    """One that asked a moment before the activation, as `asked` says."""
    now = timezone.now()
    custom._known = custom._Known(0, custom.NONE, now)
    assert custom.current(now).of("Patient") == {}
    assert "wristband" in custom.current(now + timedelta(seconds=custom.KNOWN_SECONDS)).of("Patient")
