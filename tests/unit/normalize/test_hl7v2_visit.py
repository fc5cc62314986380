from typing import Any

import pytest

from tests.unit.normalize.messages import adt, converted, oru, resources

BOB = "1932100004^Meyer^Bob^^^Dr.^MD^^&2.16.840.1.113883.4.6&ISO"


def encounter(**pv1: str) -> dict[str, Any]:
    return resources(adt(pv1={int(name[1:]): value for name, value in pv1.items()}), "Encounter")[0]


def test_the_visit_is_known_by_its_number() -> None:
    admitted, discharged = encounter(f45=""), encounter(f45="20260314100000-0700")
    assert admitted["id"] == discharged["id"]
    assert (admitted["status"], discharged["status"]) == ("in-progress", "finished")
    assert discharged["period"]["end"] == "2026-03-14T10:00:00-07:00"


def test_without_a_number_by_patient_and_admission_time() -> None:
    assert encounter(f19="")["id"] == encounter(f19="")["id"] != encounter(f19="", f44="20260313")["id"]


def test_a_visit_nobody_can_name_again_is_kept_as_told_and_reported() -> None:
    first, second = (converted(adt(pv1={2: kind, 19: "", 44: ""})) for kind in "IO")
    assert first.problems[0].place == "PV1-19"
    assert first.resources[1]["resourceType"] == "Encounter"
    assert first.resources[1]["id"] != second.resources[1]["id"]


@pytest.mark.parametrize(
    ("sent", "code", "status"), [("I", "IMP", "in-progress"), ("E", "EMER", "in-progress"), ("P", "PRENC", "planned")]
)
def test_class_and_status(sent: str, code: str, status: str) -> None:
    assert (encounter(f2=sent)["class"]["code"], encounter(f2=sent)["status"]) == (code, status)


def test_a_local_class_keeps_its_code() -> None:
    assert encounter(f2="门诊")["class"] == {"system": "urn:medbridge:north:PV1-2", "code": "门诊"}


def test_doctors_are_participants_and_practitioners() -> None:
    (attending,) = encounter(f7=BOB)["participant"]
    (bob,) = resources(adt(pv1={7: BOB}), "Practitioner")
    assert attending["type"][0]["coding"][0]["code"] == "ATND"
    assert attending["individual"] == {"reference": f"Practitioner/{bob['id']}", "display": "Dr. Bob Meyer MD"}
    assert bob["identifier"] == [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1932100004"}]


def test_a_doctor_spelled_in_two_ways_is_two_practitioners_with_one_identifier() -> None:
    bob, robert = (resources(adt(pv1={7: name}), "Practitioner")[0] for name in (BOB, BOB.replace("Bob", "Robert")))
    assert bob["identifier"] == robert["identifier"]
    assert bob["id"] != robert["id"]


def test_where_the_patient_lies_and_lay() -> None:
    found = encounter(f3="4E^402^2^NORTH", f6="ED^1")["location"]
    assert [(each["location"]["display"], each["status"]) for each in found] == [
        ("NORTH, 4E, 402, 2", "active"),
        ("ED, 1", "completed"),
    ]


def test_a_diagnosis_is_a_condition_of_the_visit() -> None:
    raw = adt("DG1|1||E11.9^Type 2 diabetes^I10C||20190604|A|||||||||1|" + BOB)
    (condition,), (visit,) = resources(raw, "Condition"), resources(raw, "Encounter")
    assert condition["code"]["coding"][0]["system"] == "http://hl7.org/fhir/sid/icd-10-cm"
    assert condition["encounter"]["reference"] == f"Encounter/{visit['id']}"
    assert visit["diagnosis"][0]["condition"]["reference"] == f"Condition/{condition['id']}"
    assert (visit["diagnosis"][0]["use"]["coding"][0]["code"], visit["diagnosis"][0]["rank"]) == ("AD", 1)


def test_the_same_diagnosis_admitting_and_final_is_one_condition_in_two_roles() -> None:
    raw = adt("DG1|1||I10^^I10C|||A", "DG1|2||I10^^I10C|||F")
    assert len(resources(raw, "Condition")) == 1
    assert len(resources(raw, "Encounter")[0]["diagnosis"]) == 2


def test_the_coding_method_of_old_versions_names_the_system() -> None:
    condition = resources(adt("DG1|1|I9C|401.9|Essential hypertension"), "Condition")[0]
    assert condition["code"] == {
        "coding": [{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "401.9"}],
        "text": "Essential hypertension",
    }


def test_an_allergy_with_its_reactions() -> None:
    (allergy,) = resources(adt("AL1|1|DA|7980^Penicillin G^RXNORM|SV|Hives~Wheezing|20090501"), "AllergyIntolerance")
    assert (allergy["category"], allergy["type"], allergy["onsetDateTime"]) == (["medication"], "allergy", "2009-05-01")
    assert allergy["reaction"] == [{"manifestation": [{"text": "Hives"}, {"text": "Wheezing"}], "severity": "severe"}]


def test_severity_without_a_reaction_is_criticality() -> None:
    assert resources(adt("AL1|1|FA|^Peanut^L|SV"), "AllergyIntolerance")[0]["criticality"] == "high"


def test_nothing_valued_is_dropped_in_silence() -> None:
    problems = converted(adt("ZPV|1", "ZPV|2", pid={20: "x", 27: "x", 31: "Y"})).problems
    assert [(each.stage, each.place, each.reason) for each in problems] == [
        ("unmapped", "PID", "no mapping for field 27, 31; kept in the stored message"),
        ("unmapped", "ZPV (2)", "no mapping; kept in the stored message"),
    ]


def test_a_result_message_finds_the_same_patient() -> None:
    assert resources(adt(), "Patient")[0]["id"] == resources(oru({2: "NM", 5: "1"}), "Patient")[0]["id"]
