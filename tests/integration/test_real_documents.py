"""Whole documents that others wrote, through the front door: HL7's C-CDA examples and Synthea's bundles."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from medbridge.inbox.models import Message
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DOCUMENTS = sorted((SHARED / "ccda-examples" / "Documents").rglob("*.xml"))
absent = pytest.mark.skipif(not SHARED.exists(), reason=f"NOT RUN: {SHARED} is not here")


@absent
@pytest.mark.parametrize("path", DOCUMENTS or [Path("absent")], ids=lambda path: path.stem)
def test_a_whole_document_becomes_records(path: Path, feed: Voice) -> None:
    answer = feed.client.post("/ccda", path.read_bytes(), content_type="application/xml")
    assert answer.status_code == 200, answer.content
    message = Message.objects.get(kind="ccda")
    assert message.records > 3
    again = feed.client.post("/ccda", path.read_bytes(), content_type="application/xml")
    assert (again.status_code, Message.objects.filter(kind="ccda").count()) == (200, 1)


@absent
def test_a_synthetic_person_is_pushed_whole_and_read_back_whole(feed: Voice, voice: Callable[..., Voice]) -> None:
    folder = SHARED / "synthea"
    people = sorted(path for path in folder.glob("*.json.gz") if path.name[0] not in "hp")
    smallest = min(people, key=lambda path: path.stat().st_size)
    for path in (*sorted(folder.glob("hospital*")), *sorted(folder.glob("practitioner*")), smallest):
        answer = feed.post("", gzip.decompress(path.read_bytes()))
        assert answer.status_code == 200, answer.content[:500]
    sent = json.loads(gzip.decompress(smallest.read_bytes()))["entry"]
    patient = answer.json()["entry"][0]["response"]["location"].partition("/_history")[0]
    whole = feed.ids(f"{patient}/$everything?_count=1000")
    outside = ("Organization", "Practitioner", "Location", "Medication", "Provenance")
    inside = [entry for entry in sent if entry["resource"]["resourceType"] not in outside]
    assert len([id for id in whole if not id.startswith(outside)]) == len(inside)
