"""Whatever the bytes are, a verifier answers: INVALID with one sentence a check, and nothing is raised."""

import io
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from anchoring.core.collection import Collection
from anchoring.core.encoding import Malformed
from anchoring.core.verify import Result, verify_bytes
from anchoring.core.witnessing import Request
from tests.unit.anchoring.broken import EXAMPLE

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["", "00", "A", "+w=="])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


def places(value: Any, *path: str | int) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for step, each in inner for place in places(each, *path, step))][0 if path else 1 :]


PLACES = places(json.loads(EXAMPLE))


def refused(raw: bytes) -> None:
    report = verify_bytes(raw)
    assert report.result is Result.INVALID
    assert all("\n" not in check.sentence for check in report.checks)


@given(st.binary())
def test_any_bytes(raw: bytes) -> None:
    refused(raw)


@given(VALUES)
def test_any_json(value: Any) -> None:
    refused(json.dumps(value).encode())


@given(st.sampled_from(PLACES), VALUES)
@settings(max_examples=300)
def test_any_value_in_any_place(place: tuple[str | int, ...], value: Any) -> None:
    receipt = json.loads(EXAMPLE)
    holder = receipt
    for step in place[:-1]:
        holder = holder[step]
    if place != ("anchors",) and holder[place[-1]] != value:
        holder[place[-1]] = value
        refused(json.dumps(receipt).encode())


@given(st.integers(0, len(EXAMPLE) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_any_byte_changed(place: int, change: int) -> None:
    raw = bytearray(EXAMPLE)
    raw[place] ^= change
    verify_bytes(bytes(raw))  # a changed space may still be a space


@given(st.lists(st.binary()))
def test_any_file_of_receipts(lines: list[bytes]) -> None:
    raw = b'{"format": "medbridge-receipts/v1"}\n' + b"\n".join(lines)
    assert all(verdict.result is Result.INVALID for verdict in Collection().verify(io.BytesIO(raw)))


@given(st.binary())
def test_any_request_to_a_witness(raw: bytes) -> None:
    try:
        Request.parse(raw)
    except Malformed as error:
        assert str(error)
