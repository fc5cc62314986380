"""What each kind of parameter finds (R4 search.html): the resource is indexed, the search is asked of the index."""

from typing import Any

import pytest

from tests.unit.fhir.evaluation import found

ALICE = {
    "resourceType": "Patient",
    "id": "alice",
    "active": True,
    "identifier": [
        {
            "system": "urn:mrn|1",
            "value": "A,1",
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
        }
    ],
    "name": [{"family": "张", "given": ["三"]}, {"family": "Müller", "given": ["Robert"]}],
    "telecom": [{"system": "phone", "value": "+41 31 000"}],
    "gender": "female",
    "birthDate": "1980-05-06",
    "managingOrganization": {"reference": "Organization/north"},
    "generalPractitioner": [{"identifier": {"system": "urn:gln", "value": "7601"}}],
    "meta": {"tag": [{"system": "urn:t", "code": "x"}], "profile": ["http://a.org/p/patient|1.0"]},
}
WEIGHT = {
    "resourceType": "Observation",
    "id": "weight",
    "status": "final",
    "subject": {"reference": "Patient/alice"},
    "code": {
        "coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}],
        "text": "Gewicht",
    },
    "effectiveDateTime": "2014-01-17T09:48:38+01:00",
    "valueQuantity": {"value": 72.5, "unit": "kilos", "system": "http://unitsofmeasure.org", "code": "kg"},
}
PRESSURE = {
    "resourceType": "Observation",
    "id": "pressure",
    "status": "amended",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "component": [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        }
        for code, value in (("8480-6", 120), ("8462-4", 80))
    ],
}
RISK = {"resourceType": "RiskAssessment", "id": "risk", "status": "final", "prediction": [{"probabilityDecimal": 100}]}
BERN = {"resourceType": "Location", "id": "bern", "position": {"latitude": 46.948, "longitude": 7.447}}
LETTER = {
    "resourceType": "DocumentReference",
    "id": "letter",
    "status": "current",
    "content": [{"attachment": {"url": "http://a.org/1"}}],
    "relatesTo": [
        {"code": "replaces", "target": {"reference": "DocumentReference/old"}},
        {"code": "appends", "target": {"reference": "DocumentReference/other"}},
    ],
}
PLAN = {
    "resourceType": "PlanDefinition",
    "id": "plan",
    "status": "active",
    "url": "http://a.org/plans/asthma",
    "library": ["http://a.org/lib/x|2.1"],
}


@pytest.mark.parametrize(
    ("resource", "name", "value", "expected"),
    [
        # strings
        (ALICE, "name", "zhang", True),
        (ALICE, "name", "张三", True),
        (ALICE, "name", "MULL", True),
        (ALICE, "name", "ller", False),
        (ALICE, "name", "nobody,mull", True),
        (ALICE, "name:contains", "LLER", True),
        (ALICE, "family:exact", "Müller", True),
        (ALICE, "family:exact", "Muller", False),
        (ALICE, "phonetic", "Rupert", True),
        (ALICE, "phonetic", "Rupert Miller", True),
        (ALICE, "phonetic", "Rupert Zack", False),
        # tokens
        (ALICE, "identifier", r"urn:mrn\|1|A\,1", True),
        (ALICE, "identifier", r"urn:mrn\|1|", True),
        (ALICE, "identifier", r"|A\,1", False),
        (ALICE, "identifier:of-type", r"http://terminology.hl7.org/CodeSystem/v2-0203|MR|A\,1", True),
        (ALICE, "identifier:of-type", r"http://terminology.hl7.org/CodeSystem/v2-0203|SS|A\,1", False),
        (ALICE, "gender", "male,female", True),
        (ALICE, "gender", "http://hl7.org/fhir/administrative-gender|female", True),
        (ALICE, "gender", "http://hl7.org/fhir/administrative-gender|", True),
        (ALICE, "gender", "http://hl7.org/fhir/administrative-gender|,male", True),
        (ALICE, "gender", "http://other|female", False),
        (ALICE, "gender:not", "male", True),
        (ALICE, "gender:not", "female", False),
        (WEIGHT, "category:not", "lab", True),
        (ALICE, "active", "true", True),
        (ALICE, "deceased", "false", True),
        (ALICE, "phone", "+41 31 000", True),
        (ALICE, "_tag", "urn:t|x", True),
        (ALICE, "_id", "bob,alice", True),
        (ALICE, "_id:not", "alice", False),
        (WEIGHT, "code", "http://loinc.org|29463-7", True),
        (WEIGHT, "code", "|29463-7", False),
        (WEIGHT, "code:text", "GEWI", True),
        (WEIGHT, "code:text", "weight", True),
        (WEIGHT, "code:text", "eight", False),
        (WEIGHT, "status:in", "http://hl7.org/fhir/ValueSet/observation-status", True),
        (WEIGHT, "status:not-in", "http://hl7.org/fhir/ValueSet/observation-status|4.0.1", False),
        (PRESSURE, "status:below", "http://hl7.org/fhir/observation-status|amended", True),
        (WEIGHT, "status:below", "amended", False),
        (PRESSURE, "status:above", "corrected", True),
        (PRESSURE, "combo-code", "8480-6", True),
        (PRESSURE, "combo-code", "85354-9", True),
        # missing
        (ALICE, "gender:missing", "false", True),
        (ALICE, "language:missing", "true", True),
        (ALICE, "_id:missing", "true", False),
        (WEIGHT, "patient:missing", "false", True),
        (WEIGHT, "date:missing", "true", False),
        (PRESSURE, "patient:missing", "true", True),
        # dates
        (ALICE, "birthdate", "1980", True),
        (ALICE, "birthdate", "gt1980-05-06", False),
        (ALICE, "birthdate", "lt1970,gt1975", True),
        (WEIGHT, "date", "ge2014-01-17", True),
        (WEIGHT, "date", "2014-01-17T08:48Z", True),
        (WEIGHT, "date", "sa2014-01-17", False),
        # references
        (ALICE, "organization", "north", True),
        (ALICE, "organization:Organization", "north", True),
        (ALICE, "organization", "https://here/fhir/Organization/north", True),
        (ALICE, "organization", "Organization/north/_history/3", True),
        (ALICE, "general-practitioner:identifier", "urn:gln|7601", True),
        (ALICE, "general-practitioner:identifier", "urn:gln|7602", False),
        (WEIGHT, "patient", "alice", True),
        (WEIGHT, "patient", "Patient/alice", True),
        (WEIGHT, "subject", "alice", True),
        (WEIGHT, "subject:Group", "alice", False),
        (PLAN, "depends-on", "http://a.org/lib/x|2.1", True),
        (PLAN, "depends-on", "http://a.org/lib/x|2.0", False),
        (PLAN, "depends-on:below", "http://a.org/lib/x", True),
        # uris
        (PLAN, "url", "http://a.org/plans/asthma", True),
        (PLAN, "url", "http://a.org/plans", False),
        (PLAN, "url:below", "http://a.org/plans/", True),
        (PLAN, "url:below", "http://a.org/pla", False),
        (PLAN, "url:above", "http://a.org/plans/asthma/step", True),
        (PLAN, "url:above", "http://a.org/plans", False),
        (ALICE, "_profile", "http://a.org/p/patient", True),
        (ALICE, "_profile:below", "http://a.org/p", True),
        # numbers: R4's own table
        (RISK, "probability", "100", True),
        (RISK, "probability", "100.00", True),
        (RISK, "probability", "1e2", True),
        (RISK, "probability", "96", False),
        (RISK, "probability", "lt100", False),
        (RISK, "probability", "le100", True),
        (RISK, "probability", "gt99.99", True),
        (RISK, "probability", "ne100", False),
        (RISK, "probability", "ap109", True),
        (RISK, "probability", "ap112", False),
        # quantities
        (WEIGHT, "value-quantity", "72.5|http://unitsofmeasure.org|kg", True),
        (WEIGHT, "value-quantity", "72500|http://unitsofmeasure.org|g", True),
        (WEIGHT, "value-quantity", "72.5|http://unitsofmeasure.org|m", False),
        (WEIGHT, "value-quantity", "72||kilos", False),
        (WEIGHT, "value-quantity", "73||kilos", True),
        (WEIGHT, "value-quantity", "72.5||kilos", True),
        (WEIGHT, "value-quantity", "72.5||kg", True),
        (WEIGHT, "value-quantity", "gt70", True),
        (WEIGHT, "value-quantity", "lt70", False),
        # composites
        (WEIGHT, "code-value-quantity", "29463-7$gt70", True),
        (WEIGHT, "code-value-quantity", "29463-7$lt70", False),
        (PRESSURE, "component-code-value-quantity", "http://loinc.org|8480-6$gt100", True),
        (PRESSURE, "component-code-value-quantity", "http://loinc.org|8462-4$gt100", False),
        (PRESSURE, "combo-code-value-quantity", "8480-6$120||mm[Hg]", True),
        (WEIGHT, "combo-code-value-quantity", "8480-6$1,29463-7$72.5", True),
        (LETTER, "relationship", "DocumentReference/old$replaces", False),
        (LETTER, "relationship", "replaces$DocumentReference/old", True),
        (LETTER, "relationship", "replaces$old", True),
        (LETTER, "relationship", "appends$DocumentReference/old", False),
        # places
        (BERN, "near", "46.9|7.4|11|km", True),
        (BERN, "near", "46.9|7.4|1|km", False),
        (BERN, "near", "46.9|7.4", True),
        # words
        (ALICE, "_content", "robert", True),
    ],
)
def test_a_value_finds(resource: dict[str, Any], name: str, value: str, expected: bool) -> None:
    type = str(resource["resourceType"])
    assert found([resource], type, (name, value), base="https://here/fhir") == [resource["id"]] * expected


def test_parameters_are_joined_by_and_values_by_or() -> None:
    assert found([WEIGHT, PRESSURE], "Observation", ("code", "29463-7,85354-9"), ("status", "final")) == ["weight"]


def test_onset_does_not_find_a_condition_by_its_record() -> None:
    recorded = {"resourceType": "Condition", "id": "recorded", "recordedDate": "2020-01-01"}
    begun = {"resourceType": "Condition", "id": "begun", "onsetDateTime": "2020"}
    assert found([recorded, begun], "Condition", ("onset-date", "2020")) == ["begun"]
    assert found([recorded, begun], "Condition", ("recorded-date", "2020")) == ["recorded"]
