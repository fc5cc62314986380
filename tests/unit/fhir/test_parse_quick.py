"""The quick reading of JSON takes only what the strict one takes, and makes the same of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parse import _quick, serialize
from medbridge.fhir.strict import read_strictly

blanks = st.sampled_from(["", " ", "\n", "\t", "\r\n  "])
digits = st.from_regex(
    re.compile(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,22})?([eE][+-]?[0-9]{1,3})?", re.ASCII), fullmatch=True
)
numbers = digits | st.sampled_from(
    ["72.50", "1e5", "-0", "-0.0", "1E+2", "1e400", "18446744073709551616", "01", "1.", "NaN"]
)
pieces = st.sampled_from(
    ["a", "b ", " ", "é", "雪", "\U0001f600", "{", "[", "\x7f", "\\n", "\\/", "\\u0041", "\\u0020"]
)
odd_pieces = st.sampled_from(["\\ud83d\\ude00", "\\ud800", "\\u0000", "\\\\u0000", "\n", "\t", "\x00", "\\x"])
strings = st.lists(pieces | odd_pieces, max_size=4).map(lambda parts: f'"{"".join(parts)}"')
keys = st.sampled_from(['"a"', '"b"', '"a "', '"\\u0061"', '"resourceType"'])
plain = numbers | strings | st.sampled_from(["true", "false", "null", '""', "nul", "Infinity"])


def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    member = st.tuples(blanks, keys, blanks, inner, blanks).map(lambda m: f"{m[0]}{m[1]}{m[2]}:{m[3]}{m[4]}")
    item = st.tuples(blanks, inner).map("".join)
    objects = st.lists(member, max_size=3).map(lambda members: "{" + ",".join(members) + "}")
    return objects | st.lists(item, max_size=3).map(lambda items: "[" + ",".join(items) + "]")


texts = st.tuples(blanks, containers(st.recursive(plain, containers, max_leaves=6)), blanks).map("".join)


def reading(raw: bytes) -> Any:
    try:
        return read_strictly(raw, 100)
    except FhirError:
        return None


def same(one: Any, other: Any) -> bool:
    if type(one) is dict:
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if type(one) is list:
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


@settings(max_examples=400)
@given(texts)
@example('{"a":1,"a":1}')
@example('{"a":{"b":1.50},"a":{"b":2}}')
@example('{"a b":1,"ab":2}')
def test_the_quick_reading_is_the_strict_one_or_none(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    quick = _quick(raw, 100)
    assert quick is None or same(quick, reading(raw))


@settings(max_examples=100)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        lambda v: (
            st.lists(v, max_size=3)
            | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), v, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_what_we_write_is_read_quickly(value: Any) -> None:
    assert _quick(serialize({"value": value}), 100) == {"value": value}


@pytest.mark.parametrize("noise", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80"], ids=["no UTF-8", "surrogate", "long NUL"])
def test_bytes_that_are_no_text_are_left_to_the_strict_reading(noise: bytes) -> None:
    assert _quick(b'{"a":"' + noise + b'"}', 100) is None
