"""Whatever is sent as a patch, the answer is a patched resource or a FhirError."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from medbridge.fhir import patch_fhirpath, patch_json
from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parse import serialize
from medbridge.fhir.patch import Patch

RESOURCE = {
    "resourceType": "Patient",
    "id": "x",
    "active": True,
    "name": [{"family": "Zhang", "given": ["Alice", "Bea"], "_given": [None, {"id": "b"}]}, {"text": "A"}],
    "_birthDate": {"extension": [{"url": "http://x", "valueString": "y"}]},
    "contact": [{"name": {"text": "c"}, "gender": "male"}],
    "deceasedBoolean": False,
    "contained": [{"resourceType": "Organization", "id": "o", "name": "O"}],
}
leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "name", "http://x", "Patient"])
keys = st.sampled_from(["family", "given", "_given", "resourceType", "extension", "url", "text", "part", "valueString"])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2), max_leaves=4
)
steps = st.sampled_from(
    ["name", "0", "1", "-", "given", "_given", "contact", "id", "active", "~0", "", "_birthDate", "99"]
)
pointers = st.lists(steps, max_size=4).map(lambda parts: "".join(f"/{part}" for part in parts))
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), "path": pointers},
    optional={"from": pointers, "value": values},
)
pieces = st.sampled_from(
    ["Patient", "name", "given", "birthDate", "contact", "deceased", "contained", "extension", "first()", "last()",
     "[0]", "[1]", "where(family = 'Zhang')", "where(text.exists())", "extension('http://x')", "ofType(boolean)",
     "value", "text", "where(", ")", "'", "$this", "period", "id"]
)  # fmt: skip
paths = st.lists(pieces, min_size=1, max_size=5).map(lambda parts: ".".join(parts).replace(".[", "["))
inner_parts = st.fixed_dictionaries(
    {"name": st.sampled_from(["url", "value", "name", "text"]), "valueString": st.just("x")}
)
parts = st.fixed_dictionaries(
    {"name": st.sampled_from(["value", "name", "index", "source", "destination", "spam"])},
    optional={
        "valueString": st.sampled_from(["birthDate", "given", "extension", "contact", "deceased", "name", "x"]),
        "valueInteger": st.integers(-1, 3),
        "valueBoolean": st.booleans(),
        "valueHumanName": values,
        "part": st.lists(inner_parts, max_size=2),
    },
)


@st.composite
def parameters(draw: Any) -> dict[str, Any]:
    type = draw(st.sampled_from(["add", "insert", "delete", "replace", "move"]))
    head = [{"name": "type", "valueCode": type}, {"name": "path", "valueString": draw(paths)}]
    return {"name": "operation", "part": [*head, *draw(st.lists(parts, max_size=4))]}


def is_sound(patch: Patch) -> None:
    before = serialize(RESOURCE)
    try:
        serialize(patch.apply(RESOURCE))
    except FhirError as error:
        assert error.status == 422
    assert serialize(RESOURCE) == before


@given(st.lists(operations, max_size=4))
def test_any_json_patch(patch: list[dict[str, Any]]) -> None:
    try:
        read = patch_json.read_operations(patch)
    except FhirError as error:
        assert error.status == 400
        return
    is_sound(Patch(json=read))


@given(st.lists(parameters(), max_size=3))
def test_any_fhirpath_patch(patch: list[dict[str, Any]]) -> None:
    try:
        read = patch_fhirpath.read_operations({"parameter": patch})
    except FhirError as error:
        assert error.status == 400
        return
    is_sound(Patch(fhirpath=read))


@given(st.text(max_size=60))
def test_any_path(path: str) -> None:
    deletion = {
        "name": "operation",
        "part": [{"name": "type", "valueCode": "delete"}, {"name": "path", "valueString": path}],
    }
    try:
        is_sound(Patch(fhirpath=patch_fhirpath.read_operations({"parameter": [deletion]})))
    except FhirError as error:
        assert error.status == 400
