"""A hospital's own layer: seen beforehand, in use from the next message on, named by Provenance, faults named."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from medbridge.actions.receive_message import receive_message
from medbridge.actions.steps.access import listener_actor
from medbridge.inbox import sources
from medbridge.inbox.models import Message
from tests.integration.inbox.messages import adt
from tests.integration.inbox.test_events import stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
WARD = "id,map,source,target,use,value\nPID[Patient]/PID-8/gender,PID[Patient],PID-8,gender,value,other\n"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.MAPPING_PACKS = str(tmp_path)
    (tmp_path / "ward" / "hl7v2").mkdir(parents=True)
    (tmp_path / "ward" / "hl7v2" / "rows.csv").write_text(WARD)
    return tmp_path


def send(raw: bytes) -> Message:
    message = receive_message(actor=listener_actor("north"), at=timezone.now(), kind="hl7v2", body=raw).message
    message.refresh_from_db()
    return message


def use(*names: str) -> None:
    sources.save(hospital="north", sender="", timezone="", charset="", answers="ADAPTIVE", packs=names, by="dana",
                 at=timezone.now())  # fmt: skip


def test_a_layer_of_the_hospital_is_in_use_from_the_next_message_on(folder: Path) -> None:
    before = send(adt("M-1"))
    use("ward")
    after = send(adt("M-2", minutes=1))
    assert stored("Patient")["gender"] == "other"
    assert before.pack != after.pack


def test_pack_diff_tells_what_would_change_and_changes_nothing(folder: Path) -> None:
    message = send(adt("M-1"))
    out = StringIO()
    call_command("pack", "diff", "shipped", "ward", "--hospital", "north", stdout=out)
    assert f"{message.id} Patient/{stored('Patient')['id']}" in out.getvalue()
    assert "replace Patient.gender = other" in out.getvalue()
    assert out.getvalue().endswith("1 messages would become something else\n")
    assert stored("Patient")["gender"] == "female"


def test_a_layer_with_a_fault_is_named_and_its_messages_wait_as_dead_letters(folder: Path) -> None:
    (folder / "ward" / "hl7v2" / "rows.csv").write_text(WARD.replace(",gender,", ",gneder,"))
    use("ward")
    message = send(adt("M-1"))
    assert message.state == Message.State.DEAD
    assert "ward/rows.csv line 2" in message.reason
    with pytest.raises(CommandError, match="gneder"):
        call_command("pack", "diff", "shipped", "ward", "--hospital", "north")


def test_a_layer_that_is_not_there_is_named(folder: Path) -> None:
    use("nowhere")
    assert "there is no pack nowhere" in send(adt("M-1")).reason


def test_explain_names_row_and_bytes(folder: Path) -> None:
    message, out = send(adt("M-1")), StringIO()
    call_command("explain", str(message.id), "Patient.name[0].family", stdout=out)
    assert "PID[Patient]/PID-5/name[1]" in out.getvalue()
    assert "b'Zhang^Alice'" in out.getvalue()
