"""The difference of two resources as a FHIRPath Patch, and that it leads from the one to the other."""

from itertools import pairwise
from typing import Any

import pytest

from medbridge.fhir import patch_fhirpath
from medbridge.fhir.difference import difference
from medbridge.fhir.parse import parse
from medbridge.fhir.validate import issues
from tests.unit.fhir.test_real_records import needs_shared, synthea


def operations(before: dict[str, Any], after: dict[str, Any]) -> list[Any]:
    """Each operation as its type, path and the value's key and content."""
    found = difference({"resourceType": "Patient", **before}, {"resourceType": "Patient", **after})
    assert issues(found) == []
    assert led_by(found, before) == {key: value for key, value in after.items() if key not in ("id", "meta")}
    return [
        (parts.pop("type")["valueCode"], parts.pop("path")["valueString"], *map(content, parts.values()))
        for parts in ({part["name"]: part for part in each["part"]} for each in found.get("parameter", []))
    ]


def led_by(found: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What the operations make of the first."""
    made = patch_fhirpath.apply(patch_fhirpath.read_operations(found), {"resourceType": "Patient", **before})
    return {key: value for key, value in made.items() if key not in ("resourceType", "id", "meta")}


def content(part: dict[str, Any]) -> Any:
    held = {key: value for key, value in part.items() if key != "name"}
    return next(iter(held.values())) if len(held) == 1 else held


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"active": True}, {"active": True}, []),
        ({}, {"active": True}, [("add", "Patient", "active", True)]),
        ({"active": True}, {}, [("delete", "Patient.active")]),
        ({"gender": "male"}, {"gender": "female"}, [("replace", "Patient.gender", "female")]),
        ({"deceasedBoolean": True}, {"deceasedDateTime": "2020"}, [("replace", "Patient.deceased", "2020")]),
        ({"name": [{"family": "A"}]}, {"name": [{"family": "B"}]}, [("replace", "Patient.name[0].family", "B")]),
        ({"name": [{"given": ["A", "B", "C"]}]}, {"name": [{"given": ["A", "C"]}]},
         [("delete", "Patient.name[0].given[1]")]),
        ({"name": [{"given": ["A", "C"]}]}, {"name": [{"given": ["A", "B", "C"]}]},
         [("insert", "Patient.name[0].given", 1, "B")]),
        ({}, {"name": [{"family": "A"}]}, [("add", "Patient", "name", {"family": "A"})]),
        ({"name": [{"family": "A"}, {"text": "B"}]}, {},
         [("delete", "Patient.name[1]"), ("delete", "Patient.name[0]")]),
    ],
)  # fmt: skip
def test_each_change_is_one_operation(before: dict[str, Any], after: dict[str, Any], expected: list[Any]) -> None:
    assert operations(before, after) == expected


def test_what_has_no_value_x_comes_in_parts() -> None:
    contact = {"contact": [{"name": {"family": "A"}, "gender": "male"}]}
    [(_, _, _, parts)] = operations({}, contact)
    assert parts == [{"name": "name", "valueHumanName": {"family": "A"}}, {"name": "gender", "valueCode": "male"}]


def test_digits_that_changed_are_a_change() -> None:
    one, other = (parse(b'{"resourceType":"Observation","valueQuantity":{"value":%s}}' % d) for d in (b"1.0", b"1.00"))
    assert len(difference(one, other)["parameter"]) == 1
    assert difference(one, one) == {"resourceType": "Parameters"}


def test_what_is_put_in_comes_before_what_is_taken_out() -> None:
    """An element that lost all it had would be gone before the new is added."""
    changes = operations({"contact": [{"gender": "male"}]}, {"contact": [{"name": {"family": "A"}}]})
    assert [change[0] for change in changes] == ["add", "delete"]


def test_ids_and_meta_are_no_change() -> None:
    assert operations({"id": "1", "meta": {"versionId": "1"}}, {"id": "2", "meta": {"versionId": "9"}}) == []


def test_extensions_of_a_primitive_are_its_change() -> None:
    unknown = {"extension": [{"url": "http://example.org/x", "valueCode": "unknown"}]}
    [(type, path, value)] = operations({"birthDate": "1950"}, {"_birthDate": unknown})
    assert (type, path, value) == ("replace", "Patient.birthDate", unknown)


def test_contained_resources_are_compared_by_their_own_types() -> None:
    before, after = ({"contained": [{"resourceType": "Basic", "id": "a", "code": {"text": t}}]} for t in "xy")
    assert operations(before, after) == [("replace", "Patient.contained[0].code.text", "y")]


@needs_shared
def test_the_difference_of_any_two_real_records_leads_from_the_one_to_the_other() -> None:
    entries = [each["resource"] for each in parse(synthea()[0])["entry"]]
    for one, other in pairwise(entries):
        if one["resourceType"] == other["resourceType"]:
            made = patch_fhirpath.apply(patch_fhirpath.read_operations(difference(one, other)), one)
            assert difference(made, other) == {"resourceType": "Parameters"}
