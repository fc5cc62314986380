"""What an event does to what is stored: snapshots, deletions, cancellations, merges."""

from typing import Any

import orjson
import pytest
from django.utils import timezone

from medbridge.actions.receive_message import receive_message
from medbridge.actions.steps.access import listener_actor
from medbridge.identity import link
from medbridge.identity.models import Candidate, State
from medbridge.inbox.models import Message
from medbridge.records.models import Current, Version
from tests.integration.inbox.messages import code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
PID = "PID|1||NB-1^^^NORTH^MR||Zhang^Alice||19850314|F|||1 Main St^^Oakland^CA||555-0139"
PV1 = "PV1|1|I|4E^402^2||||7^Meyer^Bob||||||||||||V-1^^^NORTH" + "|" * 25 + "20260312084500+0000"
DISCHARGED = PV1 + "|20260314100000+0000"
moment = iter(range(10_000))


def send(event: str, *lines: str) -> Message:
    n = next(moment)
    at = f"20260312{n // 3600:02}{n // 60 % 60:02}{n % 60:02}+0000"
    header = rf"MSH|^~\&|APP|NORTH|MB|MB|{at}||{event}|E-{n}|P|2.5.1||||||UNICODE UTF-8"
    raw = "\r".join([header, f"EVN|{event[4:]}|{at}", *lines]).encode()
    receipt = receive_message(actor=listener_actor("north"), at=timezone.now(), kind="hl7v2", body=raw)
    assert code(receipt.answer) == "AA", receipt.answer
    receipt.message.refresh_from_db()
    return receipt.message


def stored(type: str, which: str = "") -> dict[str, Any]:
    """The newest version of the one record of the type that holds the text."""
    rows = Current.objects.filter(type=type, hospital="north")
    bodies = [bytes(Version.objects.get(pk=row.version_pk).body) for row in rows]
    [found] = [body for body in bodies if which.encode() in body]
    return orjson.loads(found)  # type: ignore[no-any-return]


def test_a08_is_a_snapshot_and_two_quotes_delete() -> None:
    send("ADT^A01", PID, PV1)
    send("ADT^A08", PID.replace("555-0139", '""'), PV1)
    assert "telecom" not in stored("Patient")
    assert stored("Patient")["address"]


def test_a11_cancels_the_visit_and_keeps_what_is_known_of_it() -> None:
    send("ADT^A01", PID, PV1)
    send("ADT^A11", "PID|1||NB-1^^^NORTH^MR||Zhang^Alice", "PV1|1|I" + "|" * 17 + "V-1^^^NORTH")
    visit = stored("Encounter")
    assert visit["status"] == "cancelled"
    assert visit["period"]["start"].startswith("2026-03-12")
    assert stored("Patient")["birthDate"] == "1985-03-14"


def test_a13_takes_a_discharge_back() -> None:
    send("ADT^A01", PID, PV1)
    send("ADT^A03", PID, DISCHARGED)
    assert stored("Encounter")["status"] == "finished"
    send("ADT^A13", PID, PV1)
    assert stored("Encounter")["status"] == "in-progress"
    assert "end" not in stored("Encounter")["period"]


def test_a40_keeps_both_records_and_the_index_knows_one_person() -> None:
    send("ADT^A04", PID, PV1)
    send("ADT^A04", PID.replace("NB-1", "NB-2").replace("Zhang", "Chang"), "PV1|1|N")
    send("ADT^A40", "PID|1||NB-1^^^NORTH^MR||Zhang^Alice", "MRG|NB-2^^^NORTH^MR")
    kept, away = stored("Patient", '"NB-1"'), stored("Patient", '"NB-2"')
    assert away["active"] is False
    assert away["link"] == [{"other": {"reference": f"Patient/{kept['id']}"}, "type": "replaced-by"}]
    assert (away["name"][0]["family"], kept["birthDate"]) == ("Chang", "1985-03-14")
    assert link.linked(kept["id"]) == sorted([kept["id"], away["id"]])
    assert Candidate.objects.get().state == State.LINKED


def test_a_later_snapshot_does_not_take_a_merge_back() -> None:
    send("ADT^A04", PID, PV1)
    send("ADT^A04", PID.replace("NB-1", "NB-2"), "PV1|1|N")
    send("ADT^A40", "PID|1||NB-1^^^NORTH^MR||Zhang^Alice", "MRG|NB-2^^^NORTH^MR")
    send("ADT^A08", PID.replace("NB-1", "NB-2").replace("Alice", "Alicia"), "PV1|1|N")
    away = stored("Patient", '"NB-2"')
    assert (away["active"], away["name"][0]["given"], away["link"][0]["type"]) == (False, ["Alicia"], "replaced-by")


def test_a29_closes_the_one_record_and_nothing_of_others() -> None:
    send("ADT^A01", PID, PV1)
    send("ADT^A01", PID.replace("NB-1", "NB-2"), PV1.replace("V-1", "V-2"))
    before = Current.objects.filter(deleted=False).exclude(type__in=("Patient", "Provenance")).count()
    send("ADT^A29", "PID|1||NB-1^^^NORTH^MR||Zhang^Alice", PV1)
    assert stored("Patient", '"NB-1"')["active"] is False
    assert "active" not in stored("Patient", '"NB-2"')
    assert Current.objects.filter(deleted=False).exclude(type__in=("Patient", "Provenance")).count() == before


def test_an_order_is_driven_by_its_control_and_state() -> None:
    send("ORM^O01", PID, "ORC|NW|P-1^HIS", "OBR|1|P-1^HIS||CBC^Blood count^L")
    assert stored("ServiceRequest")["status"] == "active"
    send("ORM^O01", PID, "ORC|CA|P-1^HIS", "OBR|1|P-1^HIS||CBC^Blood count^L")
    assert stored("ServiceRequest")["status"] == "revoked"


def test_provenance_names_the_pack_and_its_rows() -> None:
    message = send("ADT^A01", PID, PV1)
    [mapped] = [e for e in stored("Provenance", "Encounter/")["entity"] if e["role"] == "derivation"]
    assert mapped["what"]["identifier"] == {"system": "urn:medbridge:pack", "value": message.pack}
    assert mapped["what"]["display"].startswith("rows ")


def test_the_accounts_are_stored_with_the_message() -> None:
    message = send("ADT^A01", PID, PV1, "ZZZ|1")
    assert message.mapped and message.preserved
    assert message.reported == 1
