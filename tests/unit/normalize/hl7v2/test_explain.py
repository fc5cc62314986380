"""Any element of the output leads back to its row and its bytes."""

import pytest

from medbridge.normalize.conversion import Source
from medbridge.normalize.hl7v2 import convert, parse
from medbridge.normalize.hl7v2.convert import standard_pack
from medbridge.normalize.hl7v2.explain import Explanation, explain
from tests.unit.normalize.hl7v2.examples import EXAMPLES
from tests.unit.normalize.messages import NORTH, SAMPLES


def explained(raw: bytes, path: str, source: Source = NORTH) -> list[Explanation]:
    pack = standard_pack()
    return explain(convert(parse(raw, source.charset), source, pack, traced=True), pack, path)


def test_a_name_comes_from_its_row_and_its_bytes() -> None:
    raw = EXAMPLES["ADT^A01"]
    (found,) = explained(raw, "Patient.name[0].family")
    assert (found.path, found.row.id, found.place) == ("Patient[0].name[0]", "PID[Patient]/PID-5/name[1]", "PID-5")
    assert raw[slice(*found.span)] == b"Zhang^Alice^M^^Ms^^L"


def test_a_second_repetition_and_a_component_have_their_own_bytes() -> None:
    raw = EXAMPLES["ADT^A01"].replace(b"^MR||Zhang", b"^MR~42^^^LAB^PT||Zhang")
    (found,) = explained(raw, "Patient.identifier[1].value")
    assert raw[slice(*found.span)] == b"42^^^LAB^PT"
    spans = [raw[slice(*each.span)] for each in explained(raw, "Encounter.serviceProvider") if each.place]
    assert b"NORTH" in spans


def test_bytes_are_counted_in_the_message_as_received() -> None:
    path = next(SAMPLES.glob("renji_adt_a04*"))
    raw = path.read_bytes()
    (found, *_) = explained(raw, "Patient.name[0]", Source("renji", "Asia/Shanghai"))
    sent = raw[slice(*found.span)]
    assert sent in raw
    assert b"|" + sent + b"|" in raw or b"|" + sent + b"~" in raw


def test_a_constant_says_so() -> None:
    found = explained(EXAMPLES["ADT^A01"], "AllergyIntolerance.clinicalStatus")
    assert [(each.row.source, each.span) for each in found] == [("", (0, 0))]


@pytest.mark.parametrize("path", ["Patient.photo", "Device", "Patient[7].name", "", "Patient.id"])
def test_what_is_not_there_is_said(path: str) -> None:
    with pytest.raises(ValueError, match=r"no|makes"):
        explained(EXAMPLES["ADT^A01"], path)
