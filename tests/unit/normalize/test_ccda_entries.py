"""What an entry says, and what it says is not so, reaches FHIR; what is wrong with it stays its own affair."""

import pytest

from medbridge.fhir.digits import serialize
from medbridge.normalize.conversion import Source
from tests.unit.normalize.cda import ALICE, LOINC, TEMPLATE, cd, converted, found, observation, only, result, section

PROBLEMS, ALLERGIES, MEDICATIONS, RESULTS = "11450-4", "48765-2", "10160-0", "30954-2"


def concern(template: str, inside: str) -> str:
    return (
        f'<act classCode="ACT" moodCode="EVN"><templateId root="{TEMPLATE}{template}"/><statusCode code="active"/>'
        f'<entryRelationship typeCode="SUBJ">{inside}</entryRelationship></act>'
    )


def problem(inside: str, attributes: str = "") -> str:
    return concern("3", observation(inside, "4", attributes))


def allergy(inside: str, attributes: str = "") -> str:
    return concern("30", observation(inside, "7", attributes))


def drug(inside: str = "", mood: str = "EVN", attributes: str = "", code: str = cd("861007", tag="code")) -> str:
    return f"""<substanceAdministration classCode="SBADM" moodCode="{mood}" {attributes}>
<templateId root="{TEMPLATE}16"/><statusCode code="active"/>{inside}<consumable><manufacturedProduct>
<manufacturedMaterial>{code}</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"""


def test_a_problem_becomes_a_condition_with_its_times() -> None:
    times = '<effectiveTime><low value="20190604"/><high value="202301"/></effectiveTime>'
    condition = only(converted(section(PROBLEMS, problem(times + cd("44054006")))), "Condition")
    assert condition["code"]["coding"][0]["system"] == "http://snomed.info/sct"
    assert (condition["onsetDateTime"], condition["abatementDateTime"]) == ("2019-06-04", "2023-01")
    assert condition["clinicalStatus"]["coding"][0]["code"] == "resolved"


def test_a_negated_problem_is_refuted() -> None:
    condition = only(converted(section(PROBLEMS, problem(cd("44054006"), 'negationInd="true"'))), "Condition")
    assert condition["verificationStatus"]["coding"][0]["code"] == "refuted"


def test_no_known_problems_is_said_not_refuted() -> None:
    condition = only(converted(section(PROBLEMS, problem(cd("55607006"), 'negationInd="true"'))), "Condition")
    assert condition["code"]["text"] == "No current problems or disability"
    assert condition["verificationStatus"]["coding"][0]["code"] == "confirmed"


def test_a_problem_coded_only_in_its_narrative_keeps_the_words() -> None:
    value = '<value xsi:type="CD" nullFlavor="OTH"><originalText><reference value="#p"/></originalText></value>'
    text = '<content ID="p">Tiredness\n of spring</content>'
    assert only(converted(section(PROBLEMS, problem(value), text=text)), "Condition")["code"] == {
        "text": "Tiredness of spring"
    }


def test_no_known_allergies_names_the_kind() -> None:
    none = '<playingEntity><code nullFlavor="NA"/></playingEntity>'
    substance = f"<participant><participantRole>{none}</participantRole></participant>"
    entry = allergy(cd("416098002") + substance, 'negationInd="true"')
    assert only(converted(section(ALLERGIES, entry)), "AllergyIntolerance")["code"]["text"] == "No known drug allergy"


def test_an_allergy_without_substance_is_a_problem_that_names_its_place() -> None:
    conversion = converted(section(ALLERGIES, allergy(cd("416098002"))))
    assert not found(conversion, "AllergyIntolerance")
    assert conversion.problems[0].place.endswith("/entry/act/entryRelationship/observation")
    assert "substance" in conversion.problems[0].reason


def test_an_order_is_a_request_and_an_intake_a_statement() -> None:
    conversion = converted(section(MEDICATIONS, drug(mood="INT"), drug(mood="EVN")))
    # C-CDA on FHIR, ConceptMap CF-MedActivityMood: INT is an order
    assert only(conversion, "MedicationRequest")["intent"] == "order"
    assert only(conversion, "MedicationStatement")["status"] == "active"


def test_every_four_to_six_hours() -> None:
    period = '<period><low value="4" unit="h"/><high value="6" unit="h"/></period>'
    times = f'<effectiveTime xsi:type="PIVL_TS">{period}</effectiveTime>'
    taken = only(converted(section(MEDICATIONS, drug(times))), "MedicationStatement")
    assert taken["dosage"][0]["timing"]["repeat"] == {"frequency": 1, "period": 4, "periodUnit": "h", "periodMax": 6}


def test_a_medicine_not_given_is_not_taken() -> None:
    taken = only(converted(section(MEDICATIONS, drug(attributes='negationInd="true"'))), "MedicationStatement")
    assert taken["status"] == "not-taken"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('<value xsi:type="PQ" value="7.40" unit="%"/>', b'"valueQuantity":{"value":7.40,"unit":"%"'),
        ('<value xsi:type="INT" value="3"/>', b'"valueInteger":3'),
        ('<value xsi:type="ST">straw</value>', b'"valueString":"straw"'),
        (cd("260385009"), b'"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260385009"'),
        ('<value xsi:type="PQ" nullFlavor="UNK"/>', b'"dataAbsentReason"'),
        (
            '<value xsi:type="IVL_PQ"><high value="5" unit="mg/L" inclusive="false"/></value>',
            b'"valueQuantity":{"value":5,"comparator":"<","unit":"mg/L"',
        ),
        (
            '<value xsi:type="IVL_PQ"><low value="2" unit="g"/><high value="3" unit="g"/></value>',
            b'"valueRange":{"low":{"value":2,"unit":"g"',
        ),
        ('<value xsi:type="PQ" value="NaN" unit="g"/>', b'"valueString":"NaN g"'),
    ],
    ids=["PQ", "INT", "ST", "CD", "null", "below", "range", "not_a_number"],
)
def test_values_of_each_type(value: str, expected: bytes) -> None:
    assert expected in serialize(only(converted(section(RESULTS, result(value))), "Observation"))


def test_a_result_organizer_becomes_a_report_of_its_results() -> None:
    components = "".join(f"<component>{result('', code=code)}</component>" for code in ("718-7", "6690-2"))
    organizer = (
        f'<organizer classCode="BATTERY" moodCode="EVN"><templateId root="{TEMPLATE}1"/>'
        f'{cd("58410-2", LOINC, tag="code")}<statusCode code="completed"/>{components}</organizer>'
    )
    conversion = converted(section(RESULTS, organizer))
    results = [f"Observation/{each['id']}" for each in found(conversion, "Observation")]
    assert [each["reference"] for each in only(conversion, "DiagnosticReport")["result"]] == results


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("20260312084500-0700", None, "2026-03-12T08:45:00-07:00"),
        ("202603120845", "Asia/Shanghai", "2026-03-12T08:45:00+08:00"),
        ("202603120845", None, "2026-03-12"),
        ("202603", None, "2026-03"),
    ],
)
def test_times_keep_their_precision_and_never_gain_an_offset(written: str, zone: str | None, expected: str) -> None:
    entry = result("").replace("20260312", written)
    conversion = converted(section(RESULTS, entry), source=Source("north", zone))
    assert only(conversion, "Observation")["effectiveDateTime"] == expected


def test_two_results_under_one_id_are_both_kept() -> None:
    ids = '<id root="2.16.840.1.113883.19.391.5" extension="1"/>'
    conversion = converted(section(RESULTS, result("", ids=ids), result("", code="718-7", ids=ids)))
    assert len({each["id"] for each in found(conversion, "Observation")}) == 2
    assert "both are kept" in conversion.problems[0].reason


def test_the_same_id_in_another_patients_document_is_another_resource() -> None:
    entry = section(RESULTS, result("", ids='<id root="2.16.840.1.113883.19.391.5" extension="1"/>'))
    carol = ALICE.replace("NB-1", "NB-2")
    assert only(converted(entry), "Observation")["id"] != only(converted(entry, target=carol), "Observation")["id"]


def test_one_bad_entry_costs_no_other() -> None:
    entries = [result(""), observation('<code nullFlavor="UNK"/>', "2"), result("", code="718-7")]
    conversion = converted(section(RESULTS, *entries))
    assert len(found(conversion, "Observation")) == 2
    assert [each.place for each in conversion.problems] == [
        "/ClinicalDocument/component/structuredBody/component/section/entry[2]/observation"
    ]


def test_what_is_only_intended_is_no_fact() -> None:
    planned = result("").replace('moodCode="EVN"', 'moodCode="RQO"')
    conversion = converted(section(RESULTS, planned))
    assert not found(conversion, "Observation")
    assert only(conversion, "ServiceRequest")["intent"] == "order"


def test_relatives_diseases_are_not_the_patients() -> None:
    father = f'<templateId root="{TEMPLATE}45"/><component>{result("")}</component>'
    conversion = converted(section("10157-6", f'<organizer moodCode="EVN">{father}</organizer>'))
    assert not found(conversion, "Observation")


def test_a_restricted_document_labels_all_it_holds() -> None:
    label = '<confidentialityCode code="R" codeSystem="2.16.840.1.113883.5.25"/>'
    conversion = converted(section(RESULTS, result("")), header=label)
    for kind in ("Observation", "Binary", "DocumentReference"):
        assert only(conversion, kind)["meta"]["security"][0]["code"] == "R"


def test_the_resident_identity_number_is_recognised_once_proved() -> None:
    number = '<id root="2.16.156.10011.1.3" extension="{}"/>'
    right = converted(target=ALICE.replace("<patient>", number.format("11019919850314038x") + "<patient>"))
    identifier = only(right, "Patient")["identifier"][1]
    assert (identifier["system"], identifier["value"]) == ("urn:oid:2.16.156.10011.1.3", "11019919850314038X")
    wrong = converted(target=ALICE.replace("<patient>", number.format("110199198503140381") + "<patient>"))
    assert only(wrong, "Patient")["identifier"][1]["system"] == "urn:medbridge:north:resident-id-unverified"
    assert "check character" in wrong.problems[0].reason


def test_a_chinese_document_of_data_elements_gives_observations() -> None:
    element = """<observation moodCode="EVN"><code code="DE04.10.206.00" codeSystem="2.16.156.10011.2.2.1"
codeSystemName="卫生信息数据元目录" displayName="体温"/><value xsi:type="PQ" value="36.5" unit="℃"/></observation>"""
    observed = only(converted(section("8716-3", element)), "Observation")
    assert observed["code"]["coding"][0]["system"] == "urn:oid:2.16.156.10011.2.2.1"
    assert observed["category"][0]["coding"][0]["code"] == "vital-signs"
