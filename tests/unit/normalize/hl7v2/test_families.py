"""Every family of messages converts: valid, nothing dangling, nothing dropped in silence, the resources it is about."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from medbridge.fhir.references import references
from medbridge.fhir.validate import check
from medbridge.normalize.conversion import Conversion
from medbridge.normalize.hl7v2 import convert, parse
from medbridge.normalize.hl7v2.events import kinds
from tests.unit.normalize.hl7v2.examples import EXAMPLES, PID, PV1, message
from tests.unit.normalize.messages import NORTH

ABOUT = {
    "ADT^A01": "Patient Encounter RelatedPerson AllergyIntolerance Condition Procedure Coverage Observation Account",
    "ADT^A60": "Patient Encounter AllergyIntolerance",
    "ORM^O01": "Patient Encounter ServiceRequest Condition Specimen",
    "OML^O21": "Patient ServiceRequest Specimen Observation",
    "OMG^O19": "Patient ServiceRequest",
    "OMI^O23": "Patient ServiceRequest",
    "ORU^R01": "Patient Encounter DiagnosticReport ServiceRequest Observation Specimen",
    "ORU^R30": "Patient DiagnosticReport Observation",
    "OUL^R22": "Patient DiagnosticReport Observation Specimen",
    "RDE^O11": "Patient MedicationRequest AllergyIntolerance",
    "RDS^O13": "Patient MedicationDispense",
    "RAS^O17": "Patient MedicationAdministration",
    "VXU^V04": "Patient Immunization",
    "SIU^S12": "Patient Appointment Location Practitioner",
    "MDM^T02": "Patient DocumentReference",
    "BAR^P01": "Patient Account Coverage Condition",
    "DFT^P03": "Patient ChargeItem",
    "PPR^PC1": "Patient Condition Goal",
    "REF^I12": "Patient ServiceRequest Condition Practitioner",
}


def converted(raw: bytes) -> Conversion:
    return convert(parse(raw), NORTH)


def one(name: str, type: str) -> dict[str, Any]:
    return next(each for each in converted(EXAMPLES[name]).resources if each["resourceType"] == type)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_becomes_what_it_is_about(name: str) -> None:
    conversion = converted(EXAMPLES[name])
    made = Counter(each["resourceType"] for each in conversion.resources)
    assert set(ABOUT[name].split()) <= set(made)
    assert not [problem for problem in conversion.problems if problem.stage == "convert"]
    known = {(each["resourceType"], each["id"]) for each in conversion.resources}
    for resource in conversion.resources:
        check(resource)
        assert all(r.type is None or (r.type, r.id) in known for r in references(resource))


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_event_that_is_taken_converts(name: str) -> None:
    conversion = converted(message(name, "EVN|x|20260312", PID, "MRG|NB-2^^^NORTH&1.2.3.4&ISO^MR", PV1))
    assert any(each["resourceType"] == "Patient" for each in conversion.resources)


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.6", "2.7.1", "2.8.2", "2.9"])
def test_every_version_is_taken(version: str) -> None:
    assert converted(message("ADT^A01", PID, PV1, version=version)).resources[0]["resourceType"] == "Patient"


@pytest.mark.parametrize("name", EXAMPLES)
def test_fields_are_accounted_for(name: str) -> None:
    raw = EXAMPLES[name]
    accounts = converted(raw).accounting
    valued = sum(1 for segment in parse(raw).segments for _ in segment.valued())
    assert accounts is not None
    assert accounts.mapped + accounts.preserved + accounts.reported == valued
    assert accounts.reported < 5


def test_a_dose_has_its_amount_route_and_schedule() -> None:
    (dosage,) = one("RDE^O11", "MedicationRequest")["dosageInstruction"]
    assert dosage["doseAndRate"][0]["doseQuantity"]["value"] == 5
    assert dosage["route"]["coding"][-1]["code"] == "PO"
    assert dosage["timing"]["repeat"]["frequency"] == 2


def test_a_vaccination_says_what_came_with_it() -> None:
    vaccination = one("VXU^V04", "Immunization")
    assert vaccination["programEligibility"][0]["coding"][0]["code"] == "V02"
    assert vaccination["education"][0]["presentationDate"] == "2026-03-12"
    assert vaccination["primarySource"] is True


def test_an_appointment_begins_ends_and_names_who_comes() -> None:
    appointment = one("SIU^S12", "Appointment")
    assert (appointment["status"], appointment["start"]) == ("booked", "2026-04-01T09:00:00-07:00")
    assert appointment["end"] == "2026-04-01T09:30:00-07:00"
    types = [each["actor"]["reference"].split("/")[0] for each in appointment["participant"]]
    assert types == ["Patient", "Location", "Practitioner"]


def test_a_document_holds_its_text_and_its_file() -> None:
    contents = one("MDM^T02", "DocumentReference")["content"]
    assert sorted(each["attachment"]["contentType"] for each in contents) == ["application/pdf", "text/plain"]
