"""Files: taken up whole, once, with a result for each message; a crash loses and doubles nothing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from medbridge.files import folder
from medbridge.inbox.models import Message
from tests.integration.inbox.messages import adt

pytestmark = pytest.mark.django_db
OLD = 1_700_000_000


def put(where: Path, name: str, *messages: bytes, age: int = OLD) -> Path:
    path = where / name
    path.write_bytes(b"\r".join([b"BHS|^~\\&", *messages, b"BTS|%d" % len(messages)]))
    os.utime(path, (age, age))
    return path


def take(where: Path) -> None:
    call_command("watch", str(where), hospital="north", once=True)


def result(path: Path) -> Any:
    return json.loads(path.with_name(f"{path.name}.result.json").read_bytes())


def test_each_message_of_a_batch_has_a_result(cast: None, tmp_path: Path) -> None:
    put(tmp_path, "day.hl7", adt("M-1"), adt("M-2", patient=""), adt("M-3", patient="NB-3"))
    take(tmp_path)
    told = result(tmp_path / "failed" / "day.hl7")["messages"]
    assert [(each["control_id"], each["state"], each["place"]) for each in told] == [
        ("M-1", "DONE", ""),
        ("M-2", "DEAD", "PID-3"),
        ("M-3", "DONE", ""),
    ]


def test_a_file_without_fault_is_done(cast: None, tmp_path: Path) -> None:
    put(tmp_path, "day.hl7", adt("M-1"))
    take(tmp_path)
    assert [path.name for path in sorted((tmp_path / "done").iterdir())] == ["day.hl7", "day.hl7.result.json"]
    assert Message.objects.get().origin == "day.hl7"


def test_killed_before_the_move_the_file_is_taken_again_and_nothing_is_doubled(
    cast: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "day.hl7", adt("M-1"), adt("M-2"))
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(folder, "put_away", _die)
        take(tmp_path)
    take(tmp_path)
    assert (Message.objects.count(), result(tmp_path / "done" / "day.hl7")["accepted"]) == (2, True)


def _die(*args: object, **options: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["day.hl7.part", ".day.hl7", "day.tmp"])
def test_a_file_that_is_still_written_stays(cast: None, tmp_path: Path, name: str) -> None:
    path = put(tmp_path, name, adt())
    take(tmp_path)
    assert path.exists() and not Message.objects.exists()


def test_a_file_that_was_touched_a_moment_ago_stays(cast: None, tmp_path: Path) -> None:
    path = put(tmp_path, "day.hl7", adt(), age=2**31)
    take(tmp_path)
    assert path.exists()


def test_a_file_of_a_name_that_was_there_before_replaces_nothing(cast: None, tmp_path: Path) -> None:
    for key in ("M-1", "M-2"):
        put(tmp_path, "day.hl7", adt(key))
        take(tmp_path)
    assert len(list((tmp_path / "done").iterdir())) == 4


def test_two_watchers_of_one_folder_do_not_meet(cast: None, tmp_path: Path) -> None:
    with folder.owned(tmp_path), pytest.raises(CommandError, match="watched by another process"):
        take(tmp_path)


def test_a_document_and_a_table_are_taken_too(cast: None, tmp_path: Path) -> None:
    for name, content in (("a.xml", b"<nothing/>"), ("b.csv", b"no,such,columns\n1,2,3\n")):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, (OLD, OLD))
    take(tmp_path)
    assert sorted(Message.objects.values_list("kind", "state")) == [("ccda", "DEAD"), ("csv", "DEAD")]
