"""The 471 GBK characters whose second byte is a delimiter: a parser that splits before it decodes cuts names in two."""

import orjson
import pytest
from django.utils import timezone

from medbridge.inbox.models import Source
from medbridge.records.models import Version
from tests.integration.conftest import Voice
from tests.integration.inbox.messages import adt, code

pytestmark = pytest.mark.django_db


def _characters() -> list[str]:
    pairs = [bytes((lead, trail)) for lead in range(0x81, 0xFF) for trail in b"|^~\\"]
    return [pair.decode("gbk") for pair in pairs if pair.decode("gbk", "replace") == _strictly(pair)]


def _strictly(pair: bytes) -> str:
    try:
        return pair.decode("gbk")
    except UnicodeDecodeError:
        return ""


CHARACTERS = _characters()
# Beside the patient's name: next of kin, attending and referring doctor.
MORE = "NK1|1|{0}^乙|SPO\rPV1|1|I||||||D1{1}^{0}^丙|D2{1}^{0}^丁||||||||||V-{1}"


def named(type: str, family: str) -> int:
    """How many records of this type bear the name, whole."""
    bodies = Version.objects.filter(hospital="north", type=type).values_list("body", flat=True)
    names = (orjson.dumps(orjson.loads(bytes(body)).get("name", [])).decode() for body in bodies)
    return sum(family in name for name in names)


def test_there_are_471() -> None:
    assert len(CHARACTERS) == 471


@pytest.mark.parametrize("declared", ["", "UNICODE UTF-8", "8859/1"])
def test_none_is_corrupted_in_four_name_fields_whatever_the_sender_declares(feed: Voice, declared: str) -> None:
    Source.objects.create(hospital="north", charset="gb18030", changed_by="dana", changed_at=timezone.now())
    names = ["".join(CHARACTERS[start : start + 48]) for start in range(0, len(CHARACTERS), 48)]
    for number, family in enumerate(names):
        more = MORE.format(family, number).encode("gb18030")
        raw = adt(f"G-{number}", patient=f"NB-{number}", family=family, charset=declared, codec="gb18030")
        answer = feed.client.post("/hl7v2", raw + b"\r" + more, content_type="application/hl7-v2")
        assert code(answer.content) == "AA"
    places = {"Patient": 1, "RelatedPerson": 1, "Practitioner": 2}
    assert {kind: [named(kind, family) for family in names] for kind in places} == {
        kind: [count] * len(names) for kind, count in places.items()
    }
