"""Small builders of Patients. All people and numbers are invented; resident numbers only have right check digits."""

from typing import Any

from medbridge.normalize.hl7v2.resident_id import CHECK_CHARACTERS

Json = dict[str, Any]
NATIONAL = "urn:oid:2.16.156.10011.1.3"
HL7_CHINA = "urn:oid:2.16.840.1.113883.2.23.1.19.1"
SSN = "http://hl7.org/fhir/sid/us-ssn"
ALICE_SSN = "536-41-7720"


def resident_id(first17: str) -> str:
    weighted = sum(int(digit) * pow(2, 17 - n, 11) for n, digit in enumerate(first17))
    return first17 + CHECK_CHARACTERS[weighted % 11]


ZHANG_ID = resident_id("11010119900501201")


def identifier(system: str, value: str, **other: str) -> Json:
    return {"system": system, "value": value, **other}


def address(line: str = "12 Main Street", city: str = "Springfield", postal: str = "02139") -> Json:
    return {"line": [line], "city": city, "postalCode": postal}


def patient(
    id: str = "a1", *, family: str = "Miller", given: str | tuple[str, ...] = "Alice", born: str = "1990-05-01",
    sex: str = "female", ids: tuple[Json, ...] = (), lives: Json | None = None, **other: Any,
) -> Json:  # fmt: skip
    parts = [given] if isinstance(given, str) else list(given)
    return {
        "resourceType": "Patient",
        "id": id,
        "identifier": list(ids),
        "name": [{"family": family, "given": parts}],
        "birthDate": born,
        "gender": sex,
        "address": [lives or address()],
        **other,
    }


def with_ssn(id: str = "a1", value: str = ALICE_SSN, **other: Any) -> Json:
    return patient(id, ids=(identifier(SSN, value),), **other)
