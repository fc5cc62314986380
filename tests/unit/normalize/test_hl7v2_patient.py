import pytest

from medbridge.normalize.conversion import NormalizeError
from medbridge.normalize.hl7v2.resident_id import SYSTEM, check_resident_id
from tests.unit.normalize.messages import adt, converted, patient, resources

ALICE_ID = "11019919850314038X"
REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"


def test_identifiers_carry_type_and_the_system_of_their_assigner() -> None:
    found = patient(f3="1^^^N&1.2.3&ISO^MR~2^^^LAB^PT~3^^^&6d1f5c0e-3b52-5c39-9a57-0f6f2a3c8b11&UUID^PI~4")[
        "identifier"
    ]
    assert [each["system"] for each in found] == [
        "urn:oid:1.2.3",
        "urn:medbridge:north:LAB",
        "urn:uuid:6d1f5c0e-3b52-5c39-9a57-0f6f2a3c8b11",
        "urn:medbridge:north:PID-3",
    ]
    assert found[0]["type"]["coding"][0]["code"] == "MR"


def test_the_patient_is_known_by_the_first_record_number() -> None:
    assert patient(f3="9^^^X^SS~NB-1^^^NORTH^MR")["id"] == patient(f3="NB-1^^^NORTH^MR~7^^^Y^PT")["id"]


def test_two_hospitals_with_one_number_have_two_patients() -> None:
    from tests.unit.normalize.messages import NORTH, RENJI

    assert patient(NORTH)["id"] != patient(RENJI)["id"]


def test_an_identifier_is_required() -> None:
    with pytest.raises(NormalizeError, match="PID-3: a patient identifier is required"):
        converted(adt(pid={3: ""}))


def test_pid_2_serves_old_versions() -> None:
    assert patient(f2="55-1002", f3="")["identifier"][0]["value"] == "55-1002"


def test_a_western_name() -> None:
    assert patient(f5="Chen^Robert^Lee M^Jr^Dr^MD^L")["name"] == [
        {"use": "official", "family": "Chen", "given": ["Robert", "Lee", "M"], "suffix": ["Jr", "MD"], "prefix": ["Dr"]}
    ]


def test_a_chinese_whole_name_is_not_cut() -> None:
    assert patient(f5="欧阳爱丽")["name"] == [{"text": "欧阳爱丽"}]


def test_a_chinese_name_in_two_components_is_written_without_a_space() -> None:
    assert patient(f5="张^爱丽")["name"] == [{"text": "张爱丽", "family": "张", "given": ["爱丽"]}]


def test_representations_are_told_apart() -> None:
    names = patient(f5="张爱丽^^^^^^L^I~Zhang^Aili^^^^^L^A~Jang^Eli^^^^^^P")["name"]
    assert [name["extension"] for name in names] == [
        [{"url": REPRESENTATION, "valueCode": c}] for c in ("IDE", "ABC", "SYL")
    ]


def test_pinyin_in_the_given_name_is_another_name() -> None:
    assert [name["text"] for name in patient(f5="张爱丽^Zhang Aili")["name"]] == ["张爱丽", "Zhang Aili"]


@pytest.mark.parametrize(
    ("sent", "gender"),
    [("F", "female"), ("M", "male"), ("A", "other"), ("U", "unknown"), ("2", "female"), ("男", "male")],
)
def test_sex(sent: str, gender: str) -> None:
    assert patient(f8=sent)["gender"] == gender


def test_an_unknown_sex_is_left_out_and_reported() -> None:
    conversion = converted(adt(pid={8: "Q"}))
    assert "gender" not in conversion.resources[0]
    assert str(conversion.problems[0]) == "PID-8: sex 'Q' is not in HL7 table 0001; left out"


def test_the_time_of_birth_needs_an_offset() -> None:
    assert patient(f7="198503141205+0800")["_birthDate"]["extension"][0]["valueDateTime"] == "1985-03-14T12:05:00+08:00"
    assert patient(f7="19850314")["birthDate"] == "1985-03-14"


@pytest.mark.parametrize(
    ("pid", "expected"),
    [
        ({"f29": "20260401101500-0700"}, {"deceasedDateTime": "2026-04-01T10:15:00-07:00"}),
        ({"f30": "Y"}, {"deceasedBoolean": True}),
        ({"f30": "N"}, {"deceasedBoolean": False}),
        ({"f29": '""'}, {}),
    ],
)
def test_death(pid: dict[str, str], expected: dict[str, object]) -> None:
    assert {key: value for key, value in patient(**pid).items() if key.startswith("deceased")} == expected


def test_telecom_says_what_the_field_and_the_codes_say() -> None:
    found = patient(
        f13="(415)555-0139~^NET^Internet^a@example.org~^PRN^CP^^^^13800138000", f14="^WPN^PH^^1^415^5550188^12"
    )
    assert found["telecom"] == [
        {"system": "phone", "value": "(415)555-0139", "use": "home"},
        {"system": "email", "value": "a@example.org"},
        {"system": "phone", "value": "13800138000", "use": "mobile"},
        {"system": "phone", "value": "+1 415 5550188 ext. 12", "use": "work"},
    ]


def test_address() -> None:
    assert patient(f11="1 Main St&Main&1^Apt 2^Oakland^CA^94601^US^H^^ALAMEDA")["address"] == [
        {
            "use": "home",
            "line": ["1 Main St", "Apt 2"],
            "city": "Oakland",
            "district": "ALAMEDA",
            "state": "CA",
            "postalCode": "94601",
            "country": "US",
        }
    ]


def test_marital_status_is_translated_and_kept() -> None:
    codes = [coding["code"] for coding in patient(f16="20^已婚^GB/T 2261.2")["maritalStatus"]["coding"]]
    assert codes == ["M", "20"]


def test_a08_is_a_snapshot_so_what_is_deleted_is_absent() -> None:
    before = resources(adt(pid={13: "555-0139", 16: "M"}), "Patient")[0]
    after = resources(adt(pid={13: '""', 16: ""}, event="ADT^A08"), "Patient")[0]
    assert before["id"] == after["id"]
    assert "telecom" in before
    assert not {"telecom", "maritalStatus"} & after.keys()


def test_next_of_kin_is_a_contact() -> None:
    contact = resources(adt("NK1|1|Wu^Daniel|SPO^Spouse^HL70063||^PRN^PH^^^^5550140||C"), "Patient")[0]["contact"][0]
    assert contact["name"]["family"] == "Wu"
    assert [r["coding"][0]["code"] for r in contact["relationship"]] == ["SPS", "C"]


def test_a_next_of_kin_of_whom_nothing_is_known_is_reported() -> None:
    conversion = converted(adt("NK1|1||SPO^Spouse^HL70063"))
    assert "contact" not in conversion.resources[0]
    assert conversion.problems[0].place == "NK1-2"


# --- national numbers: they link records across hospitals by themselves, so a doubtful one must not carry the system.


@pytest.mark.parametrize(
    "cx", ["^^^&2.16.156.10011.1.3&ISO^NI", "^^^MPS^NI", "^^^^身份证", "^^^&2.16.840.1.113883.2.23.1.19.1&ISO"]
)
def test_a_resident_identity_number_gets_its_national_system(cx: str) -> None:
    found = patient(f3=f"NB-1^^^NORTH^MR~{ALICE_ID.lower()}{cx}")["identifier"][1]
    assert (found["system"], found["value"]) == (SYSTEM, ALICE_ID)


@pytest.mark.parametrize(
    ("defect", "number", "born"),
    [
        ("check character", "110199198503140381", "19850314"),
        ("birth date unlike PID-7", ALICE_ID, "19850315"),
        ("not 18 long", "11019985031403", "19850314"),
    ],
)
def test_one_that_cannot_be_right_stays_local_and_is_reported(defect: str, number: str, born: str) -> None:
    conversion = converted(adt(pid={3: f"NB-1^^^NORTH^MR~{number}^^^^身份证", 7: born}))
    assert conversion.resources[0]["identifier"][1]["system"] == "urn:medbridge:north:resident-id-unverified", defect
    assert conversion.problems[0].place == "PID-3"


@pytest.mark.parametrize("number", [ALICE_ID, "310199197208210130", "310199201011030354"])
def test_check_characters(number: str) -> None:
    check_resident_id(number)


def test_a_social_security_number_loses_its_dashes() -> None:
    found = patient(f19="219-09-9999")["identifier"][1]
    assert (found["system"], found["value"]) == ("http://hl7.org/fhir/sid/us-ssn", "219099999")


@pytest.mark.parametrize("placeholder", ["000-00-0000", "999-99-9999", "666-12-1234", "123-00-1234", "unknown"])
def test_a_placeholder_is_no_social_security_number(placeholder: str) -> None:
    assert patient(f19=placeholder)["identifier"][1]["system"] == "urn:medbridge:north:PID-19"


@pytest.mark.parametrize("authority", ["", "SSA", "SSA&2.16.840.1.113883.4.1&ISO"])
def test_a_placeholder_is_none_in_pid_3_either(authority: str) -> None:
    found = patient(f3=f"NB-1^^^NORTH^MR~999-99-9999^^^{authority}^SS")["identifier"][1]
    assert found["system"] == "urn:medbridge:north:PID-19"


def test_a_resident_identity_number_in_pid_19_is_one() -> None:
    assert patient(f19=ALICE_ID)["identifier"][1]["system"] == SYSTEM
