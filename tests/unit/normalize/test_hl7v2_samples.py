"""Whole messages: valid R4, the same twice, and not altered by damage except into a clear refusal."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medbridge.fhir.digits import serialize
from medbridge.fhir.references import references
from medbridge.fhir.validate import check
from medbridge.normalize.conversion import Conversion, NormalizeError, Source
from medbridge.normalize.hl7v2 import acknowledge, convert, parse
from tests.unit.normalize.messages import NORTH, RENJI, SAMPLES, converted, msh, segment

FILES = sorted(SAMPLES.glob("*.hl7"))
MESSAGES = [path.read_bytes() for path in FILES]


def source_of(path: Path) -> Source:
    return RENJI if path.name.startswith("renji") else NORTH


def check_all(conversion: Conversion) -> None:
    ids = Counter((each["resourceType"], each["id"]) for each in conversion.resources)
    assert max(ids.values()) == 1
    for resource in conversion.resources:
        check(resource)
        for reference in references(resource):
            assert reference.type is None or (reference.type, reference.id) in ids


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_sample_becomes_valid_resources(path: Path) -> None:
    conversion = converted(path.read_bytes(), source_of(path))
    check_all(conversion)
    for resource in conversion.resources:
        get_fhir_model_class(resource["resourceType"]).model_validate_json(serialize(resource))
    assert {problem.stage for problem in conversion.problems} <= {"unmapped", "convert"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_same_message_becomes_the_same_resources(path: Path) -> None:
    once, again = (converted(path.read_bytes(), source_of(path)) for _ in range(2))
    assert [serialize(each) for each in once.resources] == [serialize(each) for each in again.resources]


def test_alice_is_alice_at_both_hospitals() -> None:
    people = [converted(p.read_bytes(), source_of(p)).resources[0] for p in FILES if "adt_a04" in p.name]
    numbers = [{(i["system"], i["value"]) for i in person["identifier"]} for person in people]
    assert numbers[0] & numbers[1] == {("urn:oid:2.16.156.10011.1.3", "11019919850314038X")}


def damaged(messages: Iterable[bytes]) -> st.SearchStrategy[bytes]:
    """A real message with bytes cut out and others put in."""

    def damage(message: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
        for at, length, instead in cuts:
            start = at % (len(message) + 1)
            message = message[:start] + instead + message[start + length :]
        return message

    pieces = st.sampled_from(
        [b"|", b"^", b"~", b"\\", b"&", b"\r", b'""', b" ", b"\xe3\x80\x80", b"9" * 30, b"\\X00\\", b"0"]
    )
    cut = st.tuples(st.integers(0, 5000), st.integers(0, 12), pieces | st.binary(max_size=4))
    return st.builds(damage, st.sampled_from(list(messages)), st.lists(cut, max_size=12))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=damaged(MESSAGES), zone=st.sampled_from([None, "Asia/Shanghai", "America/New_York"]))
def test_damage_gives_a_clear_refusal_or_valid_resources(raw: bytes, zone: str | None) -> None:
    try:
        conversion = convert(parse(raw), Source("north", zone))
    except NormalizeError as refused:
        assert refused.problem.reason
        return
    check_all(conversion)


VALUES = [
    *(
        "1",
        "0",
        "-5",
        "1.50",
        "<0.1",
        "A",
        "F",
        "P",
        "M",
        "Y",
        "20260312",
        "202603120845",
        "20260312084500+0800",
        "1985",
    ),
    *(
        "x^y^L",
        "^only text",
        "1^^^N&1.2.3&ISO^MR",
        "110199^^^&2.16.156.10011.1.3&ISO^NI",
        "Zhang^Alice",
        "张爱丽",
        '""',
    ),
    *(
        "a~b~c",
        "&&",
        "^^^^^^^^x",
        "5501^^PH",
        "1 Main St^^Oakland^CA",
        "7&Rossi&P^20260312",
        "^1^:^128",
        "10-20",
        "E.1^x^I10C",
    ),
]
NAMES = st.sampled_from(["PV1", "PV2", "NK1", "AL1", "DG1", "ORC", "OBR", "OBX", "NTE", "ZZZ"])


def lines(name: str, fields: dict[int, str]) -> str:
    return segment(name, fields | ({3: "A^b^L"} if name == "OBX" else {4: "P^q^L"} if name == "OBR" else {}))


FIELDS = st.dictionaries(st.integers(1, 52), st.sampled_from(VALUES), max_size=20)
SEGMENTS = st.lists(st.builds(lines, NAMES, FIELDS), max_size=8)
TYPES = st.sampled_from(["NM", "SN", "ST", "TX", "CWE", "DT", "TM", "TS", "DR", "NR", "ED", ""])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(event=st.sampled_from(["ADT^A08", "ORU^R01"]), pid=FIELDS, rest=SEGMENTS, obx=FIELDS, kind=TYPES)
def test_any_value_in_any_field_gives_a_clear_refusal_or_valid_resources(
    event: str, pid: dict[int, str], rest: list[str], obx: dict[int, str], kind: str
) -> None:
    order, result = segment("OBR", {3: "F-1", 4: "CBC"}), segment("OBX", obx | {2: kind, 3: "HGB"})
    raw = "\r".join([msh(event), segment("PID", pid | {3: "1^^^N^MR"}), order, result, *rest])
    try:
        conversion = convert(parse(raw.encode()), RENJI)
    except NormalizeError as refused:
        assert refused.problem.stage == "convert"
        return
    check_all(conversion)


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"MSH|^~\\&|" + rest))
def test_any_bytes_are_answered(raw: bytes) -> None:
    try:
        parse(raw)
    except NormalizeError as refused:
        assert refused.problem.stage == "parse"
    assert b"MSA" in acknowledge(raw, "AE", "x", "PID-3").replace(b"\x00", b"")
