"""FHIRPath Patch (R4 fhirpatch.html), with the situations of HL7's fhir-path-tests.xml."""

from typing import Any

import pytest

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.patch import patch_of

Json = dict[str, Any]


def patient(**elements: Any) -> Json:
    return {"resourceType": "Patient", **elements}


def operation(type: str, path: str, *parts: Json, **named: Json) -> Json:
    more = [{"name": name, **value} for name, value in named.items()]
    return {"name": "operation", "part": [code("type", type), text("path", path), *parts, *more]}


def code(name: str, value: str) -> Json:
    return {"name": name, "valueCode": value}


def text(name: str, value: str) -> Json:
    return {"name": name, "valueString": value}


def number(name: str, value: int) -> Json:
    return {"name": name, "valueInteger": value}


def patched(resource: Json, *operations: Json) -> Json:
    return patch_of({"resourceType": "Parameters", **({"parameter": list(operations)} if operations else {})}).apply(
        resource
    )


def numbered(*values: int) -> Json:
    return patient(identifier=[{"value": f"value {n}"} for n in values])


NAME = {"valueHumanName": {"text": "a name"}}
THIRD = {"valueIdentifier": {"value": "value 3"}}


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (patient(birthDate="1920-01-01"), operation("replace", "Patient.birthDate", value={"valueDate": "1930-01-01"}),
         patient(birthDate="1930-01-01")),
        (patient(birthDate="1920-01-01"), operation("delete", "Patient.birthDate"), patient()),
        (patient(), operation("delete", "Patient.birthDate"), patient()),
        (patient(), operation("add", "Patient", text("name", "birthDate"), value={"valueDate": "1930-01-01"}),
         patient(birthDate="1930-01-01")),
        (patient(contact=[{"name": {"text": "a"}, "gender": "male"}]),
         operation("replace", "Patient.contact[0].name.text", value={"valueString": "b"}),
         patient(contact=[{"name": {"text": "b"}, "gender": "male"}])),
        (patient(contact=[{"name": {"text": "a"}, "gender": "male"}]),
         operation("delete", "Patient.contact[0].name.text"),
         patient(contact=[{"gender": "male"}])),
        (patient(contact=[{"name": {"text": "a"}}]), operation("delete", "Patient.contact[0].name.text"), patient()),
        (patient(maritalStatus={"id": "1", "text": "married"}),
         operation("replace", "Patient.maritalStatus", value={"valueCodeableConcept": {"id": "2", "text": "not"}}),
         patient(maritalStatus={"id": "2", "text": "not"})),
        (patient(), operation("add", "Patient", text("name", "contact"), value={"part": [{"name": "name", **NAME}]}),
         patient(contact=[{"name": {"text": "a name"}}])),
        (numbered(1, 2), operation("add", "Patient", text("name", "identifier"), value=THIRD), numbered(1, 2, 3)),
        (numbered(1, 2), operation("insert", "Patient.identifier", number("index", 2), value=THIRD), numbered(1, 2, 3)),
        (numbered(1, 2), operation("insert", "Patient.identifier", number("index", 0), value=THIRD), numbered(3, 1, 2)),
        (patient(), operation("insert", "Patient.identifier", number("index", 0), value=THIRD), numbered(3)),
        (numbered(1, 2, 3), operation("delete", "Patient.identifier[1]"), numbered(1, 3)),
        (numbered(1, 2, 3), operation("delete", "Patient.identifier.where(value = 'value 2')"), numbered(1, 3)),
        (numbered(1, 2, 3), operation("delete", "Patient.identifier.last()"), numbered(1, 2)),
        (numbered(1), operation("delete", "Patient.identifier.first()"), patient()),
        (numbered(1, 2, 3, 4), operation("move", "Patient.identifier", number("source", 3), number("destination", 1)),
         numbered(1, 4, 2, 3)),
        (numbered(1, 2, 3, 4), operation("move", "Patient.identifier", number("source", 0), number("destination", 3)),
         numbered(2, 3, 4, 1)),
    ],
)  # fmt: skip
def test_an_operation_does_what_the_page_says(before: Json, change: Json, after: Json) -> None:
    assert patched(before, change) == after


def test_no_operation_changes_nothing() -> None:
    assert patched(numbered(1)) == numbered(1)


def test_operations_follow_one_another() -> None:
    to_first = operation("move", "Patient.identifier", number("source", 1), number("destination", 0))
    assert patched(numbered(1, 2, 3), to_first, operation("delete", "Patient.identifier[0]")) == numbered(1, 3)


@pytest.mark.parametrize(
    "path",
    [
        "Patient.telecom.where(system = 'phone' and use = 'home')",
        "Patient.telecom.where(rank = 2)",
        "Patient.telecom.where(use = 'work' or value = '2')",
        "Patient.telecom.where(period.exists())",
        "Patient.telecom.where(system = 'phone').where(rank.exists())",
        "Patient.telecom.where(extension('http://x').value = true)",
        "Patient.telecom[1]",
        "telecom[1]",
    ],
)
def test_a_path_finds_its_element(path: str) -> None:
    one = {"system": "phone", "value": "1", "use": "mobile"}
    other = {"system": "phone", "value": "2", "use": "home", "rank": 2, "period": {"start": "2024"},
             "extension": [{"url": "http://x", "valueBoolean": True}]}  # fmt: skip
    assert patched(patient(telecom=[one, other]), operation("delete", path)) == patient(telecom=[one])


def test_a_choice_is_named_without_its_type() -> None:
    observation = {"resourceType": "Observation", "valueString": "high"}
    quantity = {"valueQuantity": {"value": 7}}
    assert patched(observation, operation("replace", "Observation.value", value=quantity)) == {
        "resourceType": "Observation", **quantity,
    }  # fmt: skip
    assert patched(observation, operation("delete", "Observation.value.ofType(Quantity)")) == observation
    assert patched(
        patient(), operation("add", "Patient", text("name", "deceased"), value={"valueBoolean": True})
    ) == patient(deceasedBoolean=True)


def test_extensions_of_primitives_go_where_json_has_them() -> None:
    extension = {"part": [{"name": "url", "valueUri": "http://x"}, {"name": "value", "valueString": "y"}]}
    named = patient(name=[{"given": ["Alice", "Bea"]}])
    path = "Patient.name[0].given[1]"
    added = patched(named, operation("add", path, text("name", "extension"), value=extension))
    assert added["name"] == [
        {"given": ["Alice", "Bea"], "_given": [None, {"extension": [{"url": "http://x", "valueString": "y"}]}]}
    ]
    assert patched(added, operation("delete", f"{path}.extension('http://x')")) == named
    moved = patched(added, operation("move", "Patient.name[0].given", number("source", 1), number("destination", 0)))
    assert moved["name"][0]["_given"][0] is not None
    assert patched(added, operation("delete", path)) == patient(name=[{"given": ["Alice"]}])


def test_digits_survive() -> None:
    observation = parse(b'{"resourceType":"Observation","valueQuantity":{"value":1.50}}')
    low = parse(b'{"name":"low","valueQuantity":{"value":0.010}}')
    change = operation("add", "Observation", text("name", "referenceRange"), value={"part": [low]})
    assert serialize(patched(observation, change)) == (
        b'{"resourceType":"Observation","valueQuantity":{"value":1.50},"referenceRange":[{"low":{"value":0.010}}]}'
    )


@pytest.mark.parametrize(
    "change",
    [
        operation("add", "Patient", text("name", "birthDate"), value={"valueDate": "1930-01-01"}),
        operation("add", "Patient", text("name", "surname"), value={"valueString": "x"}),
        operation("add", "Patient.contact", text("name", "gender"), value={"valueCode": "male"}),
        operation("add", "Patient", text("name", "deceased"), value={"valueString": "x"}),
        operation("insert", "Patient.identifier", number("index", 3), value=THIRD),
        operation("insert", "Patient.birthDate", number("index", 0), value={"valueDate": "1930-01-01"}),
        operation("insert", "Patient.identifier[0]", number("index", 0), value=THIRD),
        operation("delete", "Patient.identifier"),
        operation("delete", "Patient"),
        operation("replace", "Patient.gender", value={"valueCode": "male"}),
        operation("replace", "Patient", value={"valueString": "x"}),
        operation("move", "Patient.identifier", number("source", 0), number("destination", 2)),
        operation("replace", "Patient.id", value={"valueId": "x"}),
        operation("add", "Patient", text("name", "id"), value={"valueId": "x"}),
        operation("delete", "Patient.id"),
        operation("delete", "Observation.identifier[0]"),
    ],
)  # fmt: skip
def test_an_operation_that_does_not_apply_is_refused(change: Json) -> None:
    before = {**numbered(1, 2), "birthDate": "1920-01-01", "id": "north-1"}
    if change["part"][1]["valueString"].startswith("Observation"):
        assert patched(before, change) == before, "what is not there is deleted already"
        return
    with pytest.raises(FhirError) as caught:
        patched(before, change)
    assert caught.value.status == 422


@pytest.mark.parametrize(
    "path",
    ["", "Patient.", "Patient.name[x]", "Patient.name[-1]", "Patient.name.where(use > 'x')", "Patient.name.resolve()",
     "Patient.name.exists()", "Patient.name | Patient.contact", "Patient.name.where(" * 300, "x." * 1200, "'text'",
     "Patient.name.where(use = )", "Patient name", "Patient.name.where(use = 'x'"],
)  # fmt: skip
def test_a_path_that_is_not_understood_is_refused_in_words(path: str) -> None:
    with pytest.raises(FhirError) as caught:
        patched(patient(), operation("delete", path or "."))
    assert caught.value.status == 400
    assert "path" in caught.value.issues[0].diagnostics


@pytest.mark.parametrize(
    "parameter",
    [
        {"name": "other", "part": []},
        {"name": "operation", "part": [code("type", "spam"), text("path", "Patient")]},
        {"name": "operation", "part": [code("type", "delete")]},
        {"name": "operation", "part": [code("type", "move"), text("path", "Patient.name"), number("source", 0)]},
        operation("insert", "Patient.name", number("index", -1), value=NAME),
    ],
)
def test_what_is_no_patch_is_malformed(parameter: Json) -> None:
    with pytest.raises(FhirError) as caught:
        patched(patient(), parameter)
    assert caught.value.status in (400, 422)


def test_nesting_again_and_again_ends() -> None:
    extension = {"part": [{"name": "url", "valueUri": "http://x"}]}
    path, steps = "Patient", []
    for _ in range(70):
        steps.append(operation("add", path, text("name", "extension"), value=extension))
        path += ".extension[0]"
    with pytest.raises(FhirError) as caught:
        patched(patient(), *steps)
    assert caught.value.issues[0].code == "too-costly"
