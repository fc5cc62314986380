"""Whole documents: valid R4, the same twice, and not altered by damage except into a clear refusal."""

from base64 import b64decode, b64encode
from collections import Counter
from hashlib import sha1
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medbridge.fhir.digits import serialize
from medbridge.normalize.conversion import NormalizeError, Source
from tests.unit.normalize.ccda.documents import (
    EXAMPLES,
    NORTH,
    SAMPLE,
    check_all,
    converted,
    document,
    one,
    result,
    section,
)

ALICE = SAMPLE.read_bytes()
REAL = sorted((EXAMPLES / "Documents").rglob("*.xml"))
GUIDE = sorted((EXAMPLES / "Guide Examples").rglob("*.xml"))
STATEMENTS = ("act", "encounter", "observation", "organizer", "procedure", "substanceAdministration", "supply")
needs_examples = pytest.mark.skipif(not REAL, reason=f"REAL DOCUMENTS NOT TESTED: {EXAMPLES} is absent")


def test_the_sample_becomes_valid_resources_of_every_section() -> None:
    conversion = converted(ALICE)
    check_all(conversion)
    kinds = Counter(each["resourceType"] for each in conversion.resources)
    expected = "Condition AllergyIntolerance MedicationRequest DiagnosticReport Immunization Procedure Encounter"
    assert set(f"Patient Binary DocumentReference Organization Practitioner {expected}".split()) <= set(kinds)
    observations = [each for each in conversion.resources if each["resourceType"] == "Observation"]
    categories = {c["coding"][0]["code"] for each in observations for c in each.get("category", [])}
    assert {"laboratory", "vital-signs", "social-history"} <= categories


def test_alice_is_who_the_sample_says() -> None:
    person = converted(ALICE).resources[0]
    numbers = {(each["system"], each["value"]) for each in person["identifier"]}
    assert ("urn:oid:2.16.840.1.113883.19.391", "NB-20391") in numbers
    assert ("urn:oid:2.16.156.10011.1.3", "11019919850314038X") in numbers
    assert (person["gender"], person["birthDate"]) == ("female", "1985-03-14")


def test_the_original_is_kept_and_described() -> None:
    made = {each["resourceType"]: each for each in converted(ALICE).resources}
    binary, attachment = made["Binary"], made["DocumentReference"]["content"][0]["attachment"]
    assert b64decode(binary["data"]) == ALICE
    assert binary["securityContext"] == {"reference": f"Patient/{made['Patient']['id']}"}
    assert attachment["url"] == f"Binary/{binary['id']}"
    assert attachment["size"] == len(ALICE)
    assert attachment["hash"] == b64encode(sha1(ALICE, usedforsecurity=False).digest()).decode()


def test_the_same_document_becomes_the_same_resources() -> None:
    assert converted(ALICE) == converted(ALICE)
    assert converted(ALICE).key == "urn:oid:2.16.840.1.113883.19.391.4|CCD-2026-003318"


def test_an_entry_without_canonical_form_is_converted() -> None:
    """Canonical XML refuses relative namespace names; libxml2 then gives up on the whole statement."""
    raw = document(result('<value xsi:type="PQ" value="148" unit="mg/dL" xmlns:x="relative"/>'))
    check_all(converted(raw))
    assert one(raw, "Observation")["valueQuantity"]["value"] == 148


@needs_examples
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_real_documents_become_valid_resources(path: Path, zone: str | None) -> None:
    conversion = converted(path.read_bytes(), Source("north", zone))
    check_all(conversion)
    assert {"Patient", "Binary", "DocumentReference"} <= {each["resourceType"] for each in conversion.resources}
    assert not [problem for problem in conversion.problems if "mapping failed" in problem.reason]
    assert all(problem.place.startswith("/ClinicalDocument") for problem in conversion.problems)


@needs_examples
def test_the_entries_of_the_guide_become_valid_resources() -> None:
    """The guide's examples are single statements without their document: each is put into a section of its own."""
    tried = 0
    for path in GUIDE:
        text = path.read_text(encoding="utf-8-sig")
        start = text.find("<", text.find("?>") + 2 if "<?xml" in text else 0)
        if not text[start + 1 :].startswith(STATEMENTS):
            continue
        try:
            conversion = converted(document(section("11450-4", text[start:])))
        except NormalizeError as refused:
            assert "well-formed" in refused.problem.reason, path
            continue
        check_all(conversion)
        assert not [problem for problem in conversion.problems if "mapping failed" in problem.reason], path
        tried += 1
    assert tried > 80


def damaged() -> st.SearchStrategy[bytes]:
    """Alice's document with attributes and names exchanged, bytes cut out and others put in."""
    words = [b'value="', b'code="', b"nullFlavor", b"observation", b"effectiveTime", b"root=", b"entry>", b"xsi:type"]
    words += [b"PQ", b"IVL_TS", b"CD", b"2026", b"id ", b"low", b"act", b"10.20.22.4.4"]
    others = [
        *words,
        b'nullFlavor="UNK" value="',
        b"-1e999",
        b"99999999",
        b" ",
        b"&#x85;",
        b"&#65535;",
        b"\xe5\xbc\xa0",
        b"",
    ]

    def damage(swaps: list[tuple[bytes, bytes, int]], cuts: list[tuple[int, int]]) -> bytes:
        raw = ALICE
        for old, new, count in swaps:
            raw = raw.replace(old, new, count)
        for at, length in cuts:
            raw = raw[:at] + raw[at + length :]
        return raw

    swap = st.tuples(st.sampled_from(words), st.sampled_from(others), st.sampled_from([1, 7, 60, -1]))
    cut = st.tuples(st.integers(0, len(ALICE)), st.integers(0, 40))
    return st.builds(damage, st.lists(swap, max_size=6), st.lists(cut, max_size=1))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=damaged(), zone=st.sampled_from([None, "Asia/Shanghai"]))
def test_damage_gives_a_clear_refusal_or_valid_resources(raw: bytes, zone: str | None) -> None:
    try:
        conversion = converted(raw, Source("north", zone))
    except NormalizeError as refused:
        assert refused.problem.reason
        return
    check_all(conversion)
    for resource in conversion.resources:
        serialize(resource)


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200) | st.binary(max_size=120).map(lambda rest: b'<?xml version="1.0" encoding="' + rest))
def test_any_bytes_are_answered(raw: bytes) -> None:
    with pytest.raises(NormalizeError) as refused:
        converted(raw, NORTH)
    assert refused.value.problem.stage == "parse"
