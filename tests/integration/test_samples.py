"""The sample records of both hospitals, pushed as `make demo` pushes them: all are taken, and tell one story."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from medbridge.actions.issue_token import issue_token
from medbridge.actions.load_accounts import load_accounts
from medbridge.actions.load_table import load_table
from medbridge.actions.receive_message import Receipt
from medbridge.actions.steps.access import listener_actor
from medbridge.identity import link
from medbridge.normalize.hl7v2 import parse
from medbridge.normalize.identity import resource_id

SAMPLES = Path(__file__).resolve().parents[2] / "medbridge" / "samples"
ALICE_AT_NORTH = resource_id("north", "Patient", "urn:oid:2.16.840.1.113883.19.391|NB-20391")
ALICE_AT_RENJI = resource_id("renji", "Patient", "urn:oid:2.16.156.112233.7|RJ0098123")


def samples(format: str) -> list[Path]:
    found = sorted((SAMPLES / format).iterdir())
    assert found
    return found


def hospital(path: Path) -> str:
    return path.name.partition("_")[0]


@pytest.fixture
def hospitals(db: None) -> None:
    load_accounts(at=timezone.now(), content=(SAMPLES / "accounts.json").read_bytes())


@pytest.fixture
def push(hospitals: None) -> Callable[..., tuple[int, bytes]]:
    """The hospital's interface engine sends a file; status and answer."""

    def send(path: Path, url: str, content_type: str) -> tuple[int, bytes]:
        user = f"{hospital(path)}-feed"
        token = issue_token(username=user, purpose="TREAT", scope="user/*.cruds", at=timezone.now())
        client = Client(headers={"Authorization": f"Bearer {token}"})
        answer = client.post(url, path.read_bytes(), content_type=content_type)
        return answer.status_code, answer.content

    return send


def load(path: Path, at: datetime) -> Receipt:
    return load_table(actor=listener_actor(hospital(path)), at=at, body=path.read_bytes())


def accepted(answer: bytes) -> bool:
    segment = parse(answer).first("MSA")
    return segment is not None and segment.value(1) == "AA"


@pytest.mark.parametrize("path", samples("fhir"), ids=lambda path: path.stem)
def test_every_bundle_is_accepted(path: Path, push: Callable[..., tuple[int, bytes]]) -> None:
    status, answer = push(path, "/fhir", "application/fhir+json")
    assert status == 200, answer[:500]


@pytest.mark.parametrize("path", samples("hl7v2"), ids=lambda path: path.stem)
def test_every_message_is_answered_aa(path: Path, push: Callable[..., tuple[int, bytes]]) -> None:
    status, answer = push(path, "/hl7v2", "application/hl7-v2")
    assert status == 200
    assert accepted(answer), answer


@pytest.mark.parametrize("path", samples("ccda"), ids=lambda path: path.stem)
def test_every_document_is_accepted(path: Path, push: Callable[..., tuple[int, bytes]]) -> None:
    status, answer = push(path, "/ccda", "application/xml")
    assert status == 200, answer[:500]


@pytest.mark.parametrize("path", samples("csv"), ids=lambda path: path.stem)
def test_every_table_loads_without_a_problem(path: Path, hospitals: None, now: datetime) -> None:
    receipt = load(path, now)
    assert receipt.accepted, receipt.message.reason
    assert receipt.message.problems == []


def test_results_before_the_registration_do_not_hide_it(hospitals: None, now: datetime) -> None:
    """The table of results makes a Patient by number alone; the registration that follows fills her in."""
    results, people = SAMPLES / "csv" / "renji_results_utf8.csv", SAMPLES / "csv" / "renji_patients_gb18030.csv"
    assert load(results, now).message.records == 42
    assert load(people, now).message.records == 3


def test_results_never_overwrite_the_registration(hospitals: None, now: datetime) -> None:
    results, people = SAMPLES / "csv" / "renji_results_utf8.csv", SAMPLES / "csv" / "renji_patients_gb18030.csv"
    load(people, now)
    assert load(results, now).message.records == 39


FORMATS = {"fhir": "application/fhir+json", "hl7v2": "application/hl7-v2", "ccda": "application/xml"}


@pytest.fixture
def everything(push: Callable[..., tuple[int, bytes]], now: datetime) -> Iterator[None]:
    for format, content_type in FORMATS.items():
        for path in samples(format):
            push(path, f"/{format}", content_type)
    for path in samples("csv"):
        load(path, now)
    yield


def test_alice_is_one_person_with_one_patient_at_each_hospital(everything: None) -> None:
    assert set(link.linked(ALICE_AT_NORTH)) == {ALICE_AT_NORTH, ALICE_AT_RENJI}


def test_alice_is_linked_by_the_bundles_alone(push: Callable[..., tuple[int, bytes]]) -> None:
    for path in samples("fhir"):
        push(path, "/fhir", FORMATS["fhir"])
    assert ALICE_AT_RENJI in link.linked(ALICE_AT_NORTH)
