"""Whole documents: the project's own and HL7's examples. Valid R4, nothing lost in silence, the same twice."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from medbridge.fhir.digits import serialize
from medbridge.fhir.references import references
from medbridge.fhir.validate import issues
from medbridge.normalize.ccda import convert
from medbridge.normalize.conversion import Conversion, NormalizeError, Source
from tests.unit.normalize.cda import EXAMPLES, NAMESPACES, NORTH, SAMPLE, document

# HL7's C-CDA examples (github.com/HL7/C-CDA-Examples), beside the checkout; nothing of them is copied here.
DOCUMENTS = sorted((EXAMPLES / "Documents").rglob("*.xml"))
FRAGMENTS = sorted(set(EXAMPLES.rglob("*.xml")) - set(DOCUMENTS))
ABSENT = f"HL7's C-CDA examples are not at {EXAMPLES}: whole real documents were NOT tested"
RAW = SAMPLE.read_bytes()
SECTIONS = {
    "11450-4": {"Condition"},
    "48765-2": {"AllergyIntolerance"},
    "10160-0": {"MedicationStatement", "MedicationRequest"},
    "11369-6": {"Immunization"},
    "30954-2": {"DiagnosticReport"},
    "8716-3": {"Observation"},
    "47519-4": {"Procedure"},
    "46240-8": {"Encounter"},
    "29762-2": {"Observation"},
}
STATEMENTS = "act|encounter|observation|organizer|procedure|substanceAdministration|supply"


def check_all(conversion: Conversion) -> None:
    ids = Counter((each["resourceType"], each["id"]) for each in conversion.resources)
    assert max(ids.values()) == 1
    for resource in conversion.resources:
        assert not issues(resource)
        for reference in references(resource):
            assert reference.type is None or not reference.id or (reference.type, reference.id) in ids
    assert not [each for each in conversion.problems if each.stage == "validate" or "failed" in each.reason]


def check_sections(raw: bytes, conversion: Conversion) -> None:
    kinds = {each["resourceType"] for each in conversion.resources}
    for body in re.findall(rb"<section.*?</section>", raw, re.DOTALL):
        code = re.search(rb'<code[^>]*code="([^"]+)"', body)
        if code and b"<entry" in body and (wanted := SECTIONS.get(code[1].decode())):
            assert wanted & kinds, f"section {code[1].decode()} gave nothing"


def test_the_sample_document_gives_every_kind_of_resource() -> None:
    conversion = convert(RAW, NORTH)
    check_all(conversion)
    check_sections(RAW, conversion)
    assert [each.stage for each in conversion.problems] == ["unmapped"]


@pytest.mark.skipif(not DOCUMENTS, reason=ABSENT)
def test_whole_real_documents_become_valid_resources() -> None:
    for path in DOCUMENTS:
        conversion = convert(path.read_bytes(), NORTH)
        check_all(conversion)
        check_sections(path.read_bytes(), conversion)


def wrapped(path: Path) -> bytes | None:
    """HL7's fragments are sections or entries without namespaces: set into a document of Alice's."""
    text = re.sub(r"^\ufeff?\s*<\?xml.*?\?>|<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL).strip()
    if "<ClinicalDocument" in text:
        return None
    if re.match(rf"<({STATEMENTS})\b", text):
        text = f"<entry>{text}</entry>"
    if text.startswith("<entry>") or text.startswith("<entry "):
        text = f'<section {NAMESPACES}><code code="30954-2"/>{text}</section>'
    if text.startswith("<section"):
        text = f"<component>{text}</component>"
    return document(text).encode() if text.startswith("<component>") else None


@pytest.mark.skipif(not FRAGMENTS, reason=ABSENT)
def test_every_example_entry_of_hl7_is_converted_or_reported() -> None:
    taken = 0
    for path in FRAGMENTS:
        raw = wrapped(path)
        if raw is None:
            continue
        try:
            conversion = convert(raw, NORTH)
        except NormalizeError as refused:
            assert refused.problem.stage == "parse", path  # some of the examples are not well-formed
            continue
        check_all(conversion)
        taken += 1
    assert taken > 150


def test_the_same_document_twice_gives_the_same_bytes() -> None:
    first, second = (serialize(convert(RAW, NORTH).resources) for _ in range(2))
    assert first == second


def test_another_hospitals_copy_shares_no_id() -> None:
    ours, theirs = ({each["id"] for each in convert(RAW, Source(h)).resources} for h in ("north", "renji"))
    assert not ours & theirs


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff\xfe")
@example(b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>")
@example(b"<?xml version='1.0' encoding='idna'?><a/>")
def test_arbitrary_bytes_are_refused_cleanly(raw: bytes) -> None:
    with pytest.raises(NormalizeError):
        convert(raw, NORTH)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(RAW) - 1), st.binary(min_size=1, max_size=3)), min_size=1, max_size=4))
def test_a_damaged_document_is_converted_or_refused(damage: list[tuple[int, bytes]]) -> None:
    raw = bytearray(RAW)
    for at, put in damage:
        raw[at : at + len(put)] = put
    try:
        check_all(convert(bytes(raw), NORTH))
    except NormalizeError as refused:
        assert refused.problem.reason


ATTRIBUTES = [match.span(2) for match in re.finditer(rb' (value|code|unit|extension|root|codeSystem)="([^"]+)"', RAW)]
VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters='<&"', min_codepoint=32), max_size=20),
    st.sampled_from(["", "-1", "1e9", "0", "20261399", "99999999999999999999", "a b", "2.16", "UNK", "NaN", "+.5"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(ATTRIBUTES), VALUES), min_size=1, max_size=12, unique_by=lambda pair: pair[0])
)
def test_any_value_in_any_attribute_costs_at_most_its_entry(changes: dict[tuple[int, int], str]) -> None:
    raw = RAW
    for (start, end), value in sorted(changes.items(), reverse=True):
        raw = raw[:start] + value.encode() + raw[end:]
    try:
        conversion = convert(raw, NORTH)
    except NormalizeError as refused:
        assert refused.problem.reason
        return
    assert not [each for each in conversion.problems if "failed" in each.reason]
    assert not [fault for each in conversion.resources for fault in issues(each)]
