"""The base pack, section by section: what the sender meant is what the record says."""

from base64 import b64decode
from typing import Any

import pytest

from tests.unit.normalize.ccda.documents import (
    C_CDA,
    LOINC,
    SNOMED,
    check_all,
    concern,
    converted,
    document,
    observation,
    one,
    resources,
    section,
)

PERSON = "<assignedPerson><name><given>Bob</given><family>Lee</family></name></assignedPerson>"
BOB = f'<assignedEntity><id root="2.16.840.1.113883.4.6" extension="1234567893"/>{PERSON}</assignedEntity>'
PENICILLIN = (
    '<playingEntity><code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin G"/></playingEntity>'
)
SUBSTANCE = f'<participant typeCode="CSM"><participantRole>{PENICILLIN}</participantRole></participant>'
DIABETES = f'<value xsi:type="CD" code="44054006" {SNOMED} displayName="Diabetes"/>'
RX = 'codeSystem="2.16.840.1.113883.6.88"'


def template(number: str) -> str:
    return f'<templateId root="{C_CDA}{number}"/>'


def inside(*statements: str) -> str:
    return "".join(f"<entryRelationship>{each}</entryRelationship>" for each in statements)


def drug(inside: str = "", mood: str = "EVN", attributes: str = "", material: str = "") -> str:
    code = (
        f'<manufacturedMaterial><code code="314076" {RX} displayName="Lisinopril 10 MG"/>{material}'
        "</manufacturedMaterial>"
    )
    product = f"<consumable><manufacturedProduct>{code}</manufacturedProduct></consumable>"
    return (
        f'<substanceAdministration moodCode="{mood}" {attributes}>{template("16")}<statusCode code="active"/>'
        f"{inside}{product}</substanceAdministration>"
    )


def medications(inside: str = "", **parts: str) -> bytes:
    return document(section("10160-0", drug(inside, **parts)))


# problems


def problem(inside: str = DIABETES, attributes: str = "", status: str = "active") -> dict[str, Any]:
    return one(document(section("11450-4", concern("3", observation(inside, "4", attributes), status))), "Condition")


def test_a_negated_problem_is_refuted() -> None:
    assert problem(attributes='negationInd="true"')["verificationStatus"]["coding"][0]["code"] == "refuted"


def test_an_unknown_end_is_an_end() -> None:
    found = problem(f'<effectiveTime><low value="2012"/><high nullFlavor="UNK"/></effectiveTime>{DIABETES}')
    assert found["clinicalStatus"]["coding"][0]["code"] == "resolved"


def test_a_finished_concern_is_inactive() -> None:
    assert problem(status="completed")["clinicalStatus"]["coding"][0]["code"] == "inactive"


def test_age_at_onset_and_date_of_diagnosis() -> None:
    age = observation(f'<code code="445518008" {SNOMED}/><value xsi:type="PQ" value="57" unit="a"/>', "31")
    act = f'<act><code code="77975-1" {LOINC}/><effectiveTime value="20110301"/></act>'
    found = problem(
        f"{DIABETES}<entryRelationship>{age}</entryRelationship><entryRelationship>{act}</entryRelationship>"
    )
    assert found["onsetAge"]["value"] == 57
    assert found["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate", "valueDateTime": "2011-03-01"}
    ]


def test_a_comment_is_a_note() -> None:
    act = f'<act>{template("64")}<code code="48767-8" {LOINC}/><text>seen by Bob</text></act>'
    assert problem(f"{DIABETES}<entryRelationship>{act}</entryRelationship>")["note"] == [{"text": "seen by Bob"}]


def test_a_text_in_the_narrative_names_the_problem() -> None:
    value = '<value xsi:type="CD" nullFlavor="OTH"><originalText><reference value="#p1"/></originalText></value>'
    entry = concern("3", observation(value, "4"))
    raw = document(section("11450-4", entry, narrative='<content ID="p1">Sugar sickness</content>'))
    assert one(raw, "Condition")["code"] == {"text": "Sugar sickness"}


def test_a_health_concern_without_observation_is_a_condition() -> None:
    entry = (
        f'<act moodCode="EVN">{template("132")}<entryRelationship>{observation(DIABETES, "4")}'
        "</entryRelationship></act>"
    )
    found = one(document(section("75310-3", entry)), "Condition")
    assert found["category"][0]["coding"][0]["code"] == "health-concern"


# allergies


def allergy(inside: str, attributes: str = "") -> dict[str, Any]:
    value = f'<value xsi:type="CD" code="416098002" {SNOMED}/>'
    entry = concern("30", observation(value + inside, "7", attributes))
    return one(document(section("48765-2", entry)), "AllergyIntolerance")


def test_a_reaction_with_its_severity() -> None:
    severity = observation(f'<code code="SEV"/><value xsi:type="CD" code="24484000" {SNOMED}/>', "8")
    reaction = observation(
        f'<value xsi:type="CD" code="247472004" {SNOMED} displayName="Hives"/>'
        f"<entryRelationship>{severity}</entryRelationship>",
        "9",
    )
    found = allergy(f'{SUBSTANCE}<entryRelationship typeCode="MFST">{reaction}</entryRelationship>')
    assert found["reaction"][0]["severity"] == "severe"
    assert found["reaction"][0]["manifestation"][0]["text"] == "Hives"
    assert (found["type"], found["category"]) == ("allergy", ["medication"])


def test_an_allergy_that_is_denied_is_refuted() -> None:
    found = allergy(SUBSTANCE, 'negationInd="true"')
    assert found["verificationStatus"]["coding"][0]["code"] == "refuted"


def test_criticality() -> None:
    high = observation(f'<code code="82606-5" {LOINC}/><value xsi:type="CD" code="CRITH"/>', "145")
    assert allergy(f"{SUBSTANCE}<entryRelationship>{high}</entryRelationship>")["criticality"] == "high"


# medications


def test_twice_a_day_before_breakfast_until_when() -> None:
    times = (
        '<effectiveTime xsi:type="IVL_TS"><low value="20260301"/><high value="20260401"/></effectiveTime>'
        '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime>'
        '<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="ACM"/><offset value="30" unit="min"/>'
        "</effectiveTime>"
    )
    found = one(medications(times, mood="INT"), "MedicationRequest")
    assert found["dosageInstruction"][0]["timing"]["repeat"] == {
        "boundsPeriod": {"start": "2026-03-01", "end": "2026-04-01"},
        "frequency": 1,
        "period": 12,
        "periodUnit": "h",
        "when": ["ACM"],
        "offset": 30,
    }


def test_as_needed_for_pain() -> None:
    value = f'<value xsi:type="CD" code="22253000" {SNOMED} displayName="Pain"/>'
    found = one(medications(f"<precondition><criterion>{value}</criterion></precondition>"), "MedicationStatement")
    assert found["dosage"][0]["asNeededCodeableConcept"]["text"] == "Pain"


def test_a_dose_a_day_at_most() -> None:
    most = '<maxDoseQuantity><numerator value="6"/><denominator value="1" unit="d"/></maxDoseQuantity>'
    found = one(medications(f'<doseQuantity value="1"/>{most}'), "MedicationStatement")
    assert found["dosage"][0]["maxDosePerPeriod"]["denominator"]["code"] == "d"


def test_a_lot_makes_a_medication() -> None:
    conversion = converted(medications(material="<lotNumberText>L-7</lotNumberText>"))
    check_all(conversion)
    made = {each["resourceType"]: each for each in conversion.resources}
    assert made["Medication"]["batch"]["lotNumber"] == "L-7"
    assert made["MedicationStatement"]["medicationReference"]["reference"] == f"Medication/{made['Medication']['id']}"


def test_repeats_allowed_do_not_count_the_first() -> None:
    supply = '<supply moodCode="INT"><repeatNumber value="3"/><quantity value="90"/></supply>'
    raw = medications(f"<entryRelationship>{supply}</entryRelationship>", mood="INT")
    assert one(raw, "MedicationRequest")["dispenseRequest"] == {"numberOfRepeatsAllowed": 2, "quantity": {"value": 90}}


def test_a_dispense_inside_is_a_dispense_of_the_same_drug() -> None:
    supply = f'<supply moodCode="EVN">{template("18")}<statusCode code="completed"/><quantity value="30"/></supply>'
    found = one(medications(f"<entryRelationship>{supply}</entryRelationship>"), "MedicationDispense")
    assert (found["status"], found["medicationCodeableConcept"]["text"]) == ("completed", "Lisinopril 10 MG")


# results, vital signs, social history


def member(code: str, value: str) -> str:
    inside = (
        f'<code code="{code}" {LOINC}/><effectiveTime value="20260312"/>'
        f'<value xsi:type="PQ" value="{value}" unit="mm[Hg]"/>'
    )
    return f"<component>{observation(inside, '27')}</component>"


def vitals(*members: str) -> str:
    body = "".join(members)
    return f'<organizer moodCode="EVN">{template("26")}<statusCode code="completed"/>{body}</organizer>'


def test_a_blood_pressure_is_one_observation() -> None:
    conversion = converted(document(section("8716-3", vitals(member("8480-6", "132"), member("8462-4", "84")))))
    check_all(conversion)
    found = {each["code"]["coding"][0]["code"]: each for each in conversion.resources if "component" in each}
    assert [part["valueQuantity"]["value"] for part in found["85354-9"]["component"]] == [132, 84]


def test_two_systolic_pressures_are_not_paired() -> None:
    both = vitals(member("8480-6", "132"), member("8480-6", "128"), member("8462-4", "84"))
    made = resources(document(section("8716-3", both)), "Observation")
    assert sorted(each["code"]["coding"][0]["code"] for each in made) == ["8462-4", "8480-6", "8480-6", "85353-1"]


def test_a_result_has_its_specimen() -> None:
    role = (
        f'<specimenRole><specimenPlayingEntity><code code="119297000" {SNOMED} displayName="Blood"/>'
        "</specimenPlayingEntity></specimenRole>"
    )
    inside = f'<code code="2345-7" {LOINC}/><value xsi:type="PQ" value="5"/><specimen>{role}</specimen>'
    conversion = converted(document(section("30954-2", observation(inside))))
    check_all(conversion)
    made = {each["resourceType"]: each for each in conversion.resources}
    assert made["Observation"]["specimen"]["reference"] == f"Specimen/{made['Specimen']['id']}"


def test_a_value_that_is_masked_says_so() -> None:
    inside = f'<code code="2345-7" {LOINC}/><value xsi:type="PQ" nullFlavor="MSK"/>'
    found = one(document(section("30954-2", observation(inside))), "Observation")
    assert found["dataAbsentReason"]["coding"][0]["code"] == "masked"


def test_pregnancy_has_its_due_date() -> None:
    due = observation(f'<code code="11778-8" {LOINC}/><value xsi:type="TS" value="20261001"/>', "297")
    entry = (
        '<observation moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.15.3.8"/>'
        '<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>'
        f'<value xsi:type="CD" code="77386006" {SNOMED}/><entryRelationship>{due}</entryRelationship></observation>'
    )
    found = one(document(section("29762-2", entry)), "Observation")
    assert found["code"]["coding"][0]["code"] == "82810-3"
    assert found["component"][0]["valueDateTime"] == "2026-10-01"


def test_birth_sex_and_gender_identity_are_the_patients() -> None:
    sex = observation(
        f'<code code="76689-9" {LOINC}/><value xsi:type="CD" code="F" codeSystem="2.16.840.1.113883.5.1"/>', "200"
    )
    identity = observation(
        f'<code code="76691-5" {LOINC}/><value xsi:type="CD" code="446141000124107" {SNOMED}/>', "38"
    )
    conversion = converted(document(section("29762-2", sex, identity)))
    check_all(conversion)
    urls = {each["url"].rpartition("-")[2] for each in conversion.resources[0]["extension"]}
    assert urls == {"birthsex", "genderIdentity"}


# all else


def test_a_relatives_disease_is_family_history() -> None:
    age = observation(f'<code code="445518008" {SNOMED}/><value xsi:type="PQ" value="57" unit="a"/>', "31")
    disease = observation(f"{DIABETES}<entryRelationship>{age}</entryRelationship>", "46")
    who = (
        '<relatedSubject><code code="FTH" codeSystem="2.16.840.1.113883.5.111"/><subject>'
        '<administrativeGenderCode code="M"/></subject></relatedSubject>'
    )
    entry = (
        f'<organizer moodCode="EVN">{template("45")}<statusCode code="completed"/><subject>{who}</subject>'
        f"<component>{disease}</component></organizer>"
    )
    conversion = converted(document(section("10157-6", entry)))
    check_all(conversion)
    found = next(each for each in conversion.resources if each["resourceType"] == "FamilyMemberHistory")
    assert found["relationship"]["coding"][0]["code"] == "FTH"
    assert found["sex"]["coding"][0]["code"] == "male"
    assert found["condition"][0]["onsetAge"]["value"] == 57
    assert not [each for each in conversion.resources if each["resourceType"] == "Condition"]


def test_a_goal_has_its_target() -> None:
    inside = (
        f'<code code="39156-5" {LOINC} displayName="BMI"/><effectiveTime value="20260301"/>'
        '<value xsi:type="PQ" value="25" unit="kg/m2"/>'
    )
    entry = observation(inside, "121").replace('moodCode="EVN"', 'moodCode="GOL"')
    found = one(document(section("61146-7", entry)), "Goal")
    assert (found["description"]["text"], found["startDate"]) == ("BMI", "2026-03-01")
    assert found["target"][0]["detailQuantity"]["value"] == 25


@pytest.mark.parametrize(
    ("tag", "number", "mood", "kind", "field", "expected"),
    [
        ("procedure", "41", "INT", "ServiceRequest", "intent", "plan"),
        ("act", "39", "RQO", "ServiceRequest", "intent", "order"),
        ("observation", "44", "PRP", "ServiceRequest", "intent", "proposal"),
        ("encounter", "40", "INT", "Encounter", "status", "planned"),
        ("procedure", "14", "EVN", "Procedure", "status", "completed"),
    ],
)
def test_plans_are_requests(tag: str, number: str, mood: str, kind: str, field: str, expected: str) -> None:
    code = f'<code code="73761001" {SNOMED} displayName="Colonoscopy"/><statusCode code="completed"/>'
    entry = f'<{tag} moodCode="{mood}">{template(number)}{code}</{tag}>'
    assert one(document(section("18776-5", entry)), kind)[field] == expected


def test_a_procedure_that_was_not_done() -> None:
    entry = f'<procedure moodCode="EVN" negationInd="true">{template("14")}<code code="73761001" {SNOMED}/></procedure>'
    assert one(document(section("47519-4", entry)), "Procedure")["status"] == "not-done"


def test_a_visit_has_place_doctor_and_discharge() -> None:
    place = (
        '<participant typeCode="LOC"><participantRole classCode="SDLOC"><playingEntity><name>Ward 3</name>'
        "</playingEntity></participantRole></participant>"
    )
    entry = (
        f'<encounter moodCode="EVN">{template("49")}<code code="99213" codeSystem="2.16.840.1.113883.6.12"/>'
        '<effectiveTime value="20260312"/>'
        '<sdtc:dischargeDispositionCode code="01" codeSystem="2.16.840.1.113883.12.112"/>'
        f"<performer>{BOB}</performer>{place}</encounter>"
    )
    conversion = converted(document(section("46240-8", entry)))
    check_all(conversion)
    visit = next(each for each in conversion.resources if each["resourceType"] == "Encounter")
    assert (visit["class"]["code"], visit["status"]) == ("AMB", "finished")
    assert visit["location"][0]["location"]["display"] == "Ward 3"
    assert visit["participant"][0]["individual"]["display"] == "Bob Lee"
    assert visit["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "01"


def test_an_implant_is_a_device_with_its_udi() -> None:
    device = (
        f'<playingDevice><code code="90412006" {SNOMED} displayName="Colonoscope"/></playingDevice>'
        "<scopingEntity><desc>Acme</desc></scopingEntity>"
    )
    role = (
        '<participantRole classCode="MANU">'
        f'<id root="2.16.840.1.113883.3.3719" extension="(01)09504000059118(17)141120"/>{device}'
        "</participantRole>"
    )
    entry = (
        f'<supply moodCode="EVN">{template("50")}<statusCode code="completed"/><effectiveTime value="20260312"/>'
        f'<participant typeCode="PRD">{role}</participant></supply>'
    )
    conversion = converted(document(section("46264-8", entry)))
    check_all(conversion)
    made = {each["resourceType"]: each for each in conversion.resources}
    assert made["Device"]["udiCarrier"][0]["deviceIdentifier"] == "09504000059118"
    assert made["DeviceUseStatement"]["device"]["reference"] == f"Device/{made['Device']['id']}"


def test_a_policy_is_a_coverage() -> None:
    payer = (
        '<assignedEntity><id root="2.16.840.1.113883.19.1"/><code code="PAYOR"/><representedOrganization>'
        '<id root="2.16.840.1.113883.19.2"/><name>Good Health</name></representedOrganization>'
        "</assignedEntity>"
    )
    covered = (
        '<participantRole><id root="2.16.840.1.113883.19.3" extension="M-1"/>'
        '<code code="SELF" codeSystem="2.16.840.1.113883.5.111"/></participantRole>'
    )
    policy = (
        f'<act moodCode="EVN">{template("61")}<statusCode code="completed"/>'
        f'<performer>{template("87")}{payer}</performer><participant typeCode="COV">{covered}</participant></act>'
    )
    entry = f'<act moodCode="EVN">{template("60")}<entryRelationship>{policy}</entryRelationship></act>'
    conversion = converted(document(section("48768-6", entry)))
    check_all(conversion)
    found = next(each for each in conversion.resources if each["resourceType"] == "Coverage")
    assert (found["subscriberId"], found["payor"][0]["display"]) == ("M-1", "Good Health")
    assert found["relationship"]["coding"][0]["code"] == "self"


def test_a_note_is_a_document() -> None:
    entry = (
        f'<act moodCode="EVN">{template("202")}<code code="34109-9" {LOINC}>'
        f'<translation code="11506-3" {LOINC}/></code>'
        '<text><reference value="#n1"/></text><statusCode code="completed"/></act>'
    )
    raw = document(section("11506-3", entry, narrative='<paragraph ID="n1">Alice feels better.</paragraph>'))
    notes = [each for each in resources(raw, "DocumentReference") if "category" in each]
    assert b64decode(notes[0]["content"][0]["attachment"]["data"]) == b"Alice feels better."
    assert notes[0]["type"]["coding"][0]["code"] == "11506-3"


def test_a_care_team_has_its_members() -> None:
    act = f"<act>{template('500.1')}<performer>{BOB}</performer></act>"
    entry = (
        f'<organizer moodCode="EVN">{template("500")}<statusCode code="active"/><component>{act}</component>'
        "</organizer>"
    )
    found = one(document(section("85847-2", entry)), "CareTeam")
    assert found["participant"][0]["member"]["display"] == "Bob Lee"


def test_what_stands_inside_an_entry_is_not_lost() -> None:
    inner = observation(f'<code code="8302-2" {LOINC}/><value xsi:type="PQ" value="165" unit="cm"/>', "2")
    entry = (
        f'<procedure moodCode="EVN">{template("14")}<code code="73761001" {SNOMED}/><entryRelationship>'
        f"{inner}</entryRelationship></procedure>"
    )
    assert one(document(section("47519-4", entry)), "Observation")["valueQuantity"]["value"] == 165


def test_a_statement_about_somebody_else_is_not_the_patients() -> None:
    entry = observation(
        f'<code code="2345-7" {LOINC}/><subject><relatedSubject/></subject><value xsi:type="PQ" value="5"/>'
    )
    conversion = converted(document(section("30954-2", entry)))
    assert not [each for each in conversion.resources if each["resourceType"] == "Observation"]
    assert "somebody else" in conversion.problems[0].reason


def test_one_bad_element_does_not_cost_the_resource() -> None:
    """FHIR strings end at a megabyte."""
    value = f'<value xsi:type="ST">{"x" * 1_100_000}</value>'
    conversion = converted(document(section("30954-2", observation(f'<code code="2345-7" {LOINC}/>{value}'))))
    check_all(conversion)
    assert [each for each in conversion.resources if each["resourceType"] == "Observation"]
    assert "validate" in [problem.stage for problem in conversion.problems]


def test_an_old_ccd_is_read_by_its_templates() -> None:
    """HL7 CCD 1.0 (HITSP C32), which came before C-CDA."""
    old = "2.16.840.1.113883.10.20.1."
    inner = f'<observation moodCode="EVN"><templateId root="{old}28"/>{DIABETES}</observation>'
    entry = f'<act moodCode="EVN"><templateId root="{old}27"/>{inside(inner)}</act>'
    assert one(document(section("11450-4", entry)), "Condition")["code"]["text"] == "Diabetes"


def test_a_statement_without_template_is_known_by_its_section() -> None:
    inner = f'<observation moodCode="EVN">{DIABETES}</observation>'
    assert one(document(section("11450-4", f'<act moodCode="EVN">{inside(inner)}</act>')), "Condition")
