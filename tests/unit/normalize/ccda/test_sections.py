"""Header and sections: what the sender meant is what the record says."""

import pytest

from medbridge.normalize.conversion import NormalizeError
from tests.unit.normalize.ccda.documents import (
    C_CDA,
    LOINC,
    RENJI,
    SNOMED,
    check_all,
    concern,
    converted,
    document,
    observation,
    one,
    result,
    section,
)

CVX = 'codeSystem="2.16.840.1.113883.12.292"'


def fatal(raw: bytes) -> str:
    with pytest.raises(NormalizeError) as error:
        converted(raw)
    return str(error.value)


def test_a_patient_without_identifier_is_a_patient_of_this_document_alone() -> None:
    raw = document(ids='<id nullFlavor="UNK"/>')
    conversion = converted(raw)
    check_all(conversion)
    assert "no identifier" in conversion.problems[0].reason
    assert conversion.resources[0]["name"] == [{"family": "Zhang", "given": ["Alice"]}]
    other = converted(raw.replace(b'extension="D-1"', b'extension="D-2"'))
    assert other.resources[0]["id"] != conversion.resources[0]["id"]
    assert converted(raw).resources == conversion.resources


def test_a_document_of_two_patients_is_refused() -> None:
    raw = document()
    start, end = raw.index(b"<recordTarget>"), raw.index(b"<component>")
    assert "one patient" in fatal(raw[:end] + raw[start:end] + raw[end:])


def test_the_number_of_entries_is_limited() -> None:
    assert "at most 20000" in fatal(document(section("30954-2", *["<act/>"] * 20_001)))


def test_a_chinese_patient_in_gb18030() -> None:
    ids = '<id root="2.16.156.112233.7" extension="RJ0098123"/>'
    ids += '<id root="2.16.156.10011.1.3" extension="11019919850314038X"/>'
    sex = '<administrativeGenderCode code="2" codeSystem="2.16.156.10011.2.3.3.4"/><birthTime value="19850314"/>'
    person = f"<name><family>张</family><given>爱丽</given></name>{sex}"
    found = one(document(ids=ids, person=person, encoding="GB18030"), "Patient", RENJI)
    assert found["name"] == [{"text": "张爱丽", "family": "张", "given": ["爱丽"]}]
    assert (found["gender"], found["birthDate"]) == ("female", "1985-03-14")
    assert {each["system"] for each in found["identifier"]} == {
        "urn:oid:2.16.156.112233.7",
        "urn:oid:2.16.156.10011.1.3",
    }


def test_national_numbers_are_recognised() -> None:
    """An inpatient number is one's own only within the hospital, whose OID it does not bear."""
    ids = '<id root="2.16.156.10011.1.19" extension="HK-1"/><id root="2.16.156.10011.1.12" extension="ZY-7"/>'
    found = one(document(ids=ids, person="<name>张爱丽</name>"), "Patient", RENJI)["identifier"]
    assert [(each["type"]["coding"][0]["code"], each["type"]["text"]) for each in found] == [
        ("HC", "居民健康卡号"),
        ("VN", "住院号"),
    ]
    assert [each["system"] for each in found] == [
        "urn:oid:2.16.156.10011.1.19",
        "urn:medbridge:renji:2.16.156.10011.1.12",
    ]


@pytest.mark.parametrize("unit", ["K/uL", "mEq/L", "per field", "℃"])
def test_a_unit_that_is_no_ucum_stays_a_text(unit: str) -> None:
    quantity = one(document(result(f'<value xsi:type="PQ" value="5" unit="{unit}"/>')), "Observation")["valueQuantity"]
    assert quantity == {"value": 5, "unit": unit}


def test_base64_is_no_text() -> None:
    conversion = converted(document(result('<value xsi:type="ED" representation="B64">TWFsbG9yeQ==</value>')))
    assert "TWFs" not in str([each for each in conversion.resources if each["resourceType"] == "Observation"])
    assert [problem.stage for problem in conversion.problems] == ["unmapped"]


def test_the_prefix_of_a_type_is_free() -> None:
    value = '<value xmlns:h="urn:hl7-org:v3" xsi:type="h:PQ" value="148" unit="mg/dL"/>'
    assert one(document(result(value)), "Observation")["valueQuantity"]["code"] == "mg/dL"


def test_no_allergy_to_a_substance_at_all_is_no_known_allergy() -> None:
    substance = f'<playingEntity><code code="105590001" {SNOMED}/></playingEntity>'
    participant = f"<participant><participantRole>{substance}</participantRole></participant>"
    value = f'<value xsi:type="CD" code="419199007" {SNOMED}/>'
    entry = concern("30", observation(value + participant, "7", 'negationInd="true"'))
    allergy = one(document(section("48765-2", entry)), "AllergyIntolerance")
    assert allergy["code"]["text"] == "No known allergy"
    assert allergy["verificationStatus"]["coding"][0]["code"] == "confirmed"


def test_a_vaccine_not_given_says_why() -> None:
    reason = '<code code="PATOBJ" codeSystem="2.16.840.1.113883.5.8"/>'
    refusal = f'<observation><templateId root="{C_CDA}53"/>{reason}</observation>'
    material = f'<manufacturedMaterial><code code="140" {CVX}/></manufacturedMaterial>'
    vaccine = f"<manufacturedProduct>{material}</manufacturedProduct>"
    entry = (
        f'<substanceAdministration moodCode="EVN" negationInd="true"><templateId root="{C_CDA}52"/>'
        f'<effectiveTime value="20251002"/><consumable>{vaccine}</consumable>'
        f"<entryRelationship>{refusal}</entryRelationship></substanceAdministration>"
    )
    found = one(document(section("11369-6", entry)), "Immunization")
    assert (found["status"], found["occurrenceDateTime"]) == ("not-done", "2025-10-02")
    assert found["statusReason"]["coding"][0]["code"] == "PATOBJ"
    assert found["vaccineCode"]["coding"][0]["system"] == "http://hl7.org/fhir/sid/cvx"


def test_a_visit_has_its_diagnosis() -> None:
    value = f'<value xsi:type="CD" code="44054006" {SNOMED}/>'
    entry = (
        f'<encounter moodCode="EVN"><templateId root="{C_CDA}49"/>'
        '<code code="AMB" codeSystem="2.16.840.1.113883.5.4"/><effectiveTime value="20260312084500-0700"/>'
        f"<entryRelationship>{concern('80', observation(value, '4'))}</entryRelationship></encounter>"
    )
    conversion = converted(document(section("46240-8", entry)))
    check_all(conversion)
    visit = next(each for each in conversion.resources if each["resourceType"] == "Encounter")
    condition = next(each for each in conversion.resources if each["resourceType"] == "Condition")
    assert visit["class"]["code"] == "AMB"
    assert visit["diagnosis"] == [{"condition": {"reference": f"Condition/{condition['id']}"}}]


def test_smoking_is_social_history() -> None:
    value = f'<value xsi:type="CD" code="8517006" {SNOMED}/>'
    entry = observation(f'<code code="72166-2" {LOINC}/><effectiveTime value="20260312"/>{value}', "78")
    found = one(document(section("29762-2", entry)), "Observation")
    assert found["category"][0]["coding"][0]["code"] == "social-history"
    assert found["valueCodeableConcept"]["coding"][0]["code"] == "8517006"


def test_an_interval_that_ends_before_it_starts_keeps_its_start() -> None:
    time = '<effectiveTime><low value="20260312"/><high value="20260301"/></effectiveTime>'
    conversion = converted(document(result('<value xsi:type="INT" value="1"/>', time)))
    found = next(each for each in conversion.resources if each["resourceType"] == "Observation")
    assert found["effectivePeriod"] == {"start": "2026-03-12"}
    assert "ends before it starts" in conversion.problems[0].reason
