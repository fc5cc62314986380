"""RFC 6902, with the cases of its appendix A and of the json-patch test suite that told implementations apart."""

from typing import Any

import pytest

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.patch import read_patch
from medbridge.fhir.patch_json import apply, equal, read_operations


def patched(document: Any, *operations: dict[str, Any]) -> Any:
    return apply(read_operations(list(operations)), document, depth=64)


def op(name: str, path: str, **rest: Any) -> dict[str, Any]:
    return {"op": name, "path": path, **{key.rstrip("_"): value for key, value in rest.items()}}


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        ({"foo": "bar"}, op("add", "/baz", value="qux"), {"foo": "bar", "baz": "qux"}),
        ({"foo": ["bar", "baz"]}, op("add", "/foo/1", value="qux"), {"foo": ["bar", "qux", "baz"]}),
        ({"foo": ["bar"]}, op("add", "/foo/-", value=["abc", "def"]), {"foo": ["bar", ["abc", "def"]]}),
        ({"foo": 1}, op("add", "/foo", value=None), {"foo": None}),
        ({"foo": "bar"}, op("add", "", value={"baz": "qux"}), {"baz": "qux"}),
        ({"foo": "bar"}, op("add", "/", value=1), {"foo": "bar", "": 1}),
        ({"baz": "qux", "foo": "bar"}, op("remove", "/baz"), {"foo": "bar"}),
        ({"foo": ["bar", "qux", "baz"]}, op("remove", "/foo/1"), {"foo": ["bar", "baz"]}),
        ({"baz": "qux"}, op("replace", "/baz", value="boo"), {"baz": "boo"}),
        ({"a": {"b": 1}, "c": {}}, op("move", "/c/d", from_="/a/b"), {"a": {}, "c": {"d": 1}}),
        ({"foo": ["all", "grass", "cows", "eat"]}, op("move", "/foo/3", from_="/foo/1"),
         {"foo": ["all", "cows", "eat", "grass"]}),
        ({"foo": 1}, op("move", "/foo", from_="/foo"), {"foo": 1}),
        ({"a": {"b": [1]}}, op("copy", "/c", from_="/a"), {"a": {"b": [1]}, "c": {"b": [1]}}),
        ({"/": 9, "~1": 10}, op("test", "/~01", value=10), {"/": 9, "~1": 10}),
        ({"foo": {"1e0": 3}}, op("test", "/foo/1e0", value=3), {"foo": {"1e0": 3}}),
        ({"a/b": 1}, op("replace", "/a~1b", value=2), {"a/b": 2}),
    ],
)  # fmt: skip
def test_an_operation_does_what_the_rfc_says(document: Any, operation: dict[str, Any], expected: Any) -> None:
    assert patched(document, operation) == expected


@pytest.mark.parametrize(
    "operation",
    [
        op("add", "/baz/bat", value=1),
        op("add", "/list/3", value=1),
        op("add", "/list/01", value=1),
        op("add", "/list/1e0", value=1),
        op("add", "/list/bar", value=1),
        op("add", "/text/0", value=1),
        op("remove", "/none"),
        op("remove", "/list/-"),
        op("remove", ""),
        op("replace", "/none", value=1),
        op("move", "/list/0/x", from_="/list/0"),
        op("copy", "/x", from_="/none"),
        op("test", "/flag", value=1),
        op("test", "/text", value="other"),
        op("test", "/none", value=None),
    ],
)
def test_an_operation_that_does_not_apply_is_refused(operation: dict[str, Any]) -> None:
    with pytest.raises(FhirError) as caught:
        patched({"list": [1, 2], "text": "x", "flag": True}, operation)
    assert caught.value.status == 422


@pytest.mark.parametrize(
    "patch",
    [{}, [1], [{"op": "spam", "path": ""}], [{"op": [], "path": ""}], [{"op": "add", "value": 1}],
     [op("add", "a", value=1)], [op("add", "/a")], [op("test", "/a")], [op("move", "/a")],
     [op("copy", "/a", from_="b")], [op("remove", "/~2")],
     [op("remove", "/a")] * 1001],
)  # fmt: skip
def test_what_is_no_patch_is_malformed(patch: Any) -> None:
    with pytest.raises(FhirError) as caught:
        read_operations(patch)
    assert caught.value.status == 400


def test_the_first_operation_that_fails_ends_it_and_the_original_stays() -> None:
    document = {"a": {"b": [1]}}
    with pytest.raises(FhirError):
        patched(document, op("add", "/a/b/-", value=2), op("remove", "/none"))
    assert document == {"a": {"b": [1]}}


def test_values_of_the_patch_are_not_shared_between_places() -> None:
    assert patched({}, op("add", "/a", value={}), op("copy", "/b", from_="/a"), op("add", "/a/x", value=1)) == {
        "a": {"x": 1},
        "b": {},
    }


def test_digits_survive_in_what_is_kept_and_in_what_is_added() -> None:
    document = parse(b'{"resourceType":"Observation","kept":1.50}')
    patch = read_patch(b'[{"op":"add","path":"/added","value":0.010}]')
    assert serialize(patch.apply(document)) == b'{"resourceType":"Observation","kept":1.50,"added":0.010}'


def test_numbers_are_compared_by_value_and_with_all_digits() -> None:
    assert equal(parse(b'{"n":1.50}')["n"], parse(b'{"n":1.5}')["n"])
    assert not equal(parse(b'{"n":0.10000000000000000001}')["n"], parse(b'{"n":0.1}')["n"])
    assert not equal(1, True)


def test_doubling_the_document_again_and_again_ends() -> None:
    doubling = [op("copy", f"/{n}", from_="") for n in range(40)]
    with pytest.raises(FhirError) as caught:
        patched({"a": 1}, *doubling)
    assert "too large" in str(caught.value)
