"""Documents of any length: the same resources as of the whole, in memory that does not grow with them."""

import subprocess
import sys
from typing import Any

import pytest

from medbridge.normalize.ccda import convert, reader
from medbridge.normalize.ccda.stream import convert_parts
from medbridge.normalize.conversion import NormalizeError
from tests.unit.normalize.ccda.documents import CHECKOUT, NORTH, SAMPLE, document, section
from tests.unit.normalize.ccda.long_document import pieces

MEGABYTE = 1_000_000
# One interpreter per size: the peak of a process never falls.
PEAK = """
import resource, sys
from medbridge.normalize.ccda.stream import convert_parts
from tests.unit.normalize.ccda.documents import NORTH
from tests.unit.normalize.ccda.long_document import pieces
count = 0
def sink(resource):
    global count
    count += 1
convert_parts(pieces(int(sys.argv[1])), NORTH, sink)
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def in_parts(raw: bytes, piece: int = 1000) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    convert_parts((raw[n : n + piece] for n in range(0, len(raw), piece)), NORTH, made.append)
    return made


def peak(size: int) -> tuple[int, int]:
    """Resources made, and the peak of memory in KB."""
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, str(size)], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    count, memory = ran.stdout.split()
    return int(count), int(memory)


def test_pieces_give_what_the_whole_gives() -> None:
    raw = SAMPLE.read_bytes()
    whole = {each["id"]: each for each in convert(raw, NORTH).resources}
    parts = {each["id"]: each for each in in_parts(raw)}
    # The original stays with the message; and the Patient, who comes first, cannot have yet what a section says.
    apart = {"Patient", "Binary", "DocumentReference", "Composition"}
    differing = [each for each in whole.values() if parts.get(each["id"]) != each]
    assert {each["resourceType"] for each in differing} <= apart
    (birth_sex,) = [each for id, each in parts.items() if id not in whole]
    assert birth_sex["code"]["coding"][0]["code"] == "76689-9"


def test_memory_does_not_grow_with_the_document() -> None:
    """The bench does it with 200 MB (tests/bench/documents.py); the growth allowed is a twentieth of the bytes."""
    (few, small), (many, large) = peak(2 * MEGABYTE), peak(12 * MEGABYTE)
    assert many > 5 * few
    assert large - small < 8_000, f"{small} KB with 2 MB, {large} KB with 12 MB"


def test_a_document_larger_than_a_tree_may_be_is_converted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b"".join(pieces(100_000))
    whole = convert(raw, NORTH)
    monkeypatch.setattr(reader, "MAX_TREE_BYTES", 50_000)
    parts = convert(raw, NORTH)
    assert parts.resources[0] == whole.resources[0]
    assert len(parts.resources) == len(whole.resources) - 1
    assert parts.accounting == whole.accounting


def test_pieces_of_something_else_are_refused() -> None:
    with pytest.raises(NormalizeError, match="ClinicalDocument"):
        in_parts(b"<Bundle><entry/></Bundle>")


def test_a_header_after_the_body_has_no_patient_yet() -> None:
    raw = document(section("30954-2", "<observation/>"))
    start, end = raw.index(b"<recordTarget>"), raw.index(b"<component>")
    with pytest.raises(NormalizeError, match="patient is required"):
        in_parts(raw[:start] + raw[end:].replace(b"</ClinicalDocument>", raw[start:end] + b"</ClinicalDocument>"))
