"""What R4 allows is let in, the odd corners too."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from medbridge.fhir.parse import parse
from medbridge.fhir.validate import issues
from tests.unit.fhir.resources import DIV, bundle, concept, condition, extension, observation, patient, put

ABSENT = {"extension": [extension(valueCode="unknown")]}

RIGHT: dict[str, dict[str, Any]] = {
    "plain": patient(),
    "only a type": {"resourceType": "Patient"},
    "leap day": patient(birthDate="2000-02-29"),
    "leap second": observation(effectiveDateTime="2016-12-31T23:59:60Z"),
    "nanoseconds": observation(issued="2026-02-28T09:30:00.123456789-12:00"),
    "year only": observation(effectiveDateTime="2026"),
    "decimal of many digits": observation(valueQuantity={"value": Decimal("72.5000")}),
    "whole decimal": observation(valueQuantity={"value": 72}),
    "primitive extension in place of a value": patient(birthDate=..., _birthDate=ABSENT),
    "primitive extension beside a value": patient(_birthDate=ABSENT),
    "primitive extension of an id": patient(_gender={"id": "g"}),
    "primitive extension of a required value": observation(status=..., _status=ABSENT),
    "primitive extension of a choice": observation(valueQuantity=..., valueString="x", _valueString=ABSENT),
    "nulls that pad both lists": patient(name=[{"given": ["Alice", None], "_given": [None, ABSENT]}]),
    "many nulls that pad": patient(name=[{"given": ["Alice"] * 200 + [None], "_given": [None] * 200 + [ABSENT]}]),
    "extensions in place of a whole list": patient(name=[{"_given": [ABSENT]}]),
    "extension of extensions": patient(extension=[extension(extension=[extension(valueBoolean=False)])]),
    "absent value with its reason": observation(valueQuantity=..., dataAbsentReason={"text": "lost"}),
    "urn reference": observation(subject={"reference": "urn:uuid:6c6b2f3e-5f4c-4a8e-9f57-2f0d0f1f2a3b"}),
    "reference to a version": observation(subject={"reference": "Patient/alice/_history/2"}),
    "reference elsewhere": observation(subject={"reference": "https://example.org/fhir/Patient/alice"}),
    "reference to something not FHIR": observation(subject={"reference": "https://example.org/people/alice"}),
    "conditional reference": observation(subject={"reference": "Patient?identifier=urn:x|1"}),
    "logical reference": observation(subject={"identifier": {"value": "1"}, "type": "Patient"}),
    "contained": observation(contained=[patient()], subject={"reference": "#alice"}),
    "contained that refers to its container": observation(
        contained=[
            {"resourceType": "Provenance", "id": "p", "recorded": "2026-02-28T09:30:00Z"}
            | {"target": [{"reference": "#"}], "agent": [{"who": {"display": "Bob"}}]}
        ]
    ),
    "contained that refers to another": observation(
        contained=[
            patient(managingOrganization={"reference": "#o"}),
            {"resourceType": "Organization", "id": "o", "name": "St. Mary"},
        ],
        subject={"reference": "#alice"},
    ),
    "narrative": patient(text={"status": "generated", "div": DIV}),
    "narrative with characters by number": patient(
        text={"status": "additional", "div": DIV.replace("Alice", "<b>A&#160;&amp;é</b><br/>")}
    ),
    "narrative with an image": patient(
        text={"status": "generated", "div": DIV.replace("Alice", '<img src="data: image/png;base64,AAAA" alt="A"/>')}
    ),
    "reference whose type agrees": observation(subject={"reference": "Patient/alice", "type": "Patient"}),
    "reference to a type that is no resource": observation(performer=[{"display": "Bob", "type": "http://x/Robot"}]),
    "base64 in lines": patient(photo=[{"contentType": "image/png", "data": "AAAA\r\nBBB="}]),
    "text with a line break": patient(name=[{"text": "Alice\nLiddell"}]),
    "oid and uuid": patient(
        extension=[
            extension(valueOid="urn:oid:2.16.840"),
            extension(valueUuid=f"urn:uuid:{'0' * 8}-0000-0000-0000-{'0' * 12}"),
        ]
    ),
    "canonical with version and fragment": patient(meta={"profile": ["http://x/StructureDefinition/x|1.0#f"]}),
    "integers at their ends": bundle("searchset", total=2**31 - 1),
    "a bundle in a bundle": bundle("collection", {"resource": bundle("collection", {"resource": patient()})}),
    "abated": condition(
        clinicalStatus=concept("condition-clinical", "resolved"), abatementDateTime="2026-02-28T09:30:00Z"
    ),
    "concept with a second coding": condition(
        clinicalStatus={"coding": [{"code": "aktiv"}, *concept("condition-clinical", "active")["coding"]]}
    ),
    "period within a day": patient(name=[{"period": {"start": "2026-02-28T09:30:00Z", "end": "2026-02-28"}}]),
    "period over zones": patient(
        name=[{"period": {"start": "2026-03-01T01:00:00+14:00", "end": "2026-02-28T12:00:00Z"}}]
    ),
    "period of years": patient(name=[{"period": {"start": "2026-02", "end": "2026"}}]),
    "range of unlike units": observation(
        valueQuantity=..., valueRange={"low": {"value": 2, "unit": "g"}, "high": {"value": 1, "unit": "kg"}}
    ),
    "transaction": bundle("transaction", put(patient()), put(observation())),
    "empty search": bundle("searchset", total=0) | {"entry": [{"resource": patient(), "search": {"mode": "match"}}]},
    "resources in parameters": {"resourceType": "Parameters", "parameter": [{"name": "x", "resource": patient()}]},
    "a type fhir.resources lacks": {"resourceType": "SubstanceProtein", "numberOfSubunits": 2},
    "an extended url": {"resourceType": "ValueSet", "status": "draft", "_url": ABSENT},
    "items in items": {
        "resourceType": "Questionnaire",
        "status": "draft",
        "item": [{"linkId": "1", "type": "group", "item": [{"linkId": "1.1", "type": "string"}]}],
    },
}


@pytest.mark.parametrize("resource", [pytest.param(resource, id=name) for name, resource in RIGHT.items()])
def test_accepted(resource: dict[str, Any]) -> None:
    assert issues(resource) == []


def test_a_parsed_decimal_is_a_decimal() -> None:
    raw = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":72.50}}'
    assert issues(parse(raw)) == []


def test_a_number_with_a_point_is_no_integer() -> None:
    raw = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueInteger":72.0}'
    assert [issue.expression for issue in issues(parse(raw))] == ["Observation.valueInteger"]
