"""Bytes become a resource that loses nothing and means one thing only."""

from __future__ import annotations

import copy
import pickle

import pytest

from medbridge.fhir.outcome import FhirError, Issue, operation_outcome
from medbridge.fhir.parse import Digits, Limits, parse, parse_list, serialize


@pytest.mark.parametrize(
    "text",
    [
        '{"value":72.50}',
        '{"value":1.0e-7}',
        '{"value":-0}',
        '{"value":0.10E+05}',
        '{"value":12345678901234567890.123456789}',
        '{"value":123456789012345678901234567890}',
        '{"text":"雪 \U0001f600 é","list":[1,true,null,{}]}',
    ],
)
def test_every_digit_and_sign_comes_back_as_sent(text: str) -> None:
    assert serialize(parse(text.encode())).decode() == text


def test_white_space_and_a_byte_order_mark_are_not_kept() -> None:
    assert serialize(parse(b'\xef\xbb\xbf { "a" :\n [ 1 , 2.0 ] } ')) == b'{"a":[1,2.0]}'


def test_escapes_come_back_as_the_characters_they_mean() -> None:
    assert serialize(parse(b'{"a":"\\u00e9\\ud83d\\ude00\\n"}')) == '{"a":"é\U0001f600\\n"}'.encode()


def test_a_decimal_is_a_number_that_knows_its_text() -> None:
    value = parse(b'{"value":72.50}')["value"]
    assert isinstance(value, Digits) and value == 72.5 and value.text == "72.50"


def test_a_copied_decimal_keeps_its_text() -> None:
    value = parse(b'{"value":72.50}')
    assert serialize(copy.deepcopy(value)) == serialize(pickle.loads(pickle.dumps(value))) == b'{"value":72.50}'


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "line 1, column 1"),
        (b'{"a":1,}', "line 1, column 8"),
        (b'{\n "a": tru }', "line 2, column 7"),
        (b'{"a":1} x', "character 8"),
        (b'{"a":"x\ny"}', "control character"),
        (b'{"a":01}', "character 6"),
        (b"[]", "one json object"),
        (b'"text"', "one json object"),
        (b"\xff\xfe{\x00}\x00", "utf-8"),
        (b'{"a":"\xe9"}', "byte 6"),
        (b'{"a":NaN}', "nan is not json"),
        (b'{"a":"NaN","b":-Infinity}', "character 15"),
        (b'{"a":1e400}', "too large"),
        (b'{"a":1e-400}', "too near 0"),
        (b'{"a":0.00000000000000000001e-308}', "too near 0"),
        (b'{"a":0E-20000}', "1e-308"),
        (b'{"a":1' + b"0" * 400 + b"}", "too large"),
        (b'{"a":' + b"9" * 5000 + b"}", "too large"),
        (b'{"a":0.' + b"1" * 5000 + b"}", "longer than 100"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\\u0000"}', "nul"),
        (b"[" * 200_000, "deeper than 64"),
        (b'{"a":' * 200_000, "deeper than 64"),
        (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", "deeper than 64"),
    ],
)
def test_what_is_not_clean_json_is_refused_saying_where(raw: bytes, said: str) -> None:
    with pytest.raises(FhirError) as refusal:
        parse(raw)
    assert refusal.value.status == 400
    assert said in refusal.value.issues[0].diagnostics.lower()


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b'{"a":1,"a":1}', "a"),
        (b'{"resourceType":"Patient","name":[{"family":"A"},{"family":"B","family":"C"}]}', "Patient.name[1].family"),
        (b'{"resourceType":"Patient","\\u0069d":"1","id":"2"}', "Patient.id"),
        (b'{"resourceType":"Patient","name":[{"family":"\\u0000"}]}', "Patient.name[0].family"),
        (b'{"resourceType":"Patient","name":[{"family":"\\udfff"}]}', "Patient.name[0].family"),
    ],
)
def test_the_refusal_names_the_element(raw: bytes, path: str) -> None:
    with pytest.raises(FhirError) as refusal:
        parse(raw)
    assert refusal.value.issues[0].expression == path


def test_brackets_inside_strings_are_not_depth() -> None:
    assert parse(b'{"a":"' + b"[" * 500 + b'"}') == {"a": "[" * 500}


def test_the_depth_allowed_is_the_callers() -> None:
    assert parse(b'{"a":[[]]}', limits=Limits(depth=3))
    with pytest.raises(FhirError):
        parse(b'{"a":[[]]}', limits=Limits(depth=2))


def test_an_error_tells_itself_as_an_outcome() -> None:
    issue = Issue("value", "Wrong.", "Patient.gender")
    assert FhirError(422, [issue]).outcome() == {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "value", "diagnostics": "Wrong.", "expression": ["Patient.gender"]}],
    }


def test_no_issue_is_still_an_outcome() -> None:
    assert operation_outcome([])["issue"][0]["severity"] == "information"


LISTS = Limits(items=3)


def test_a_list_that_is_too_long_is_named() -> None:
    with pytest.raises(FhirError) as refused:
        parse(b'{"a":[{"b":[1,2,3,4]}]}', limits=LISTS)
    assert refused.value.issues[0].expression == "a[0].b"
    assert parse(b'{"a":[{"b":[1,2,3]},2,"3,4"],"c":[1,2]}', limits=LISTS)
    with pytest.raises(FhirError):
        parse_list(b"[1,2,3,4]", limits=LISTS)


def test_the_entries_of_a_bundle_are_limited_elsewhere() -> None:
    assert parse(b'{"entry":[1,2,3,4]}', limits=LISTS)
