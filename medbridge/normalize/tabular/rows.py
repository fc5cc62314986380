"""One row of values -> the FHIR resources it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medbridge.normalize.conversion import Source
from medbridge.normalize.hl7v2 import resident_id
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.identifiers import business_id
from medbridge.normalize.hl7v2.tables import V2
from medbridge.normalize.hl7v2.values import COMPARATORS, LIMIT, UCUM, quantity
from medbridge.normalize.identity import reference, resource_id

LOINC = "http://loinc.org"
Row = dict[str, Any]


def local_system(source: Source, name: str) -> str:
    return f"urn:medbridge:{source.hospital}:{name}"


def record_number(row: Row, source: Source) -> dict[str, Any]:
    """The patient's local number. With the system that HL7 v2 messages name, both mean one and the same Patient."""
    kind = {"coding": [{"system": f"{V2}0203", "code": "MR"}]}
    system = row.get("number_system") or local_system(source, "patient_number")
    return {"type": kind, "system": system, "value": row["patient_number"]}


def patients(row: Row, source: Source) -> list[dict[str, Any]]:
    return [patient(row, source)]


def observations(row: Row, source: Source) -> list[dict[str, Any]]:
    """The patient by number (and name, if the table gives it), so that the reference to her resolves even where the
    results come before the registration; then the result."""
    return [mentioned(row, source), observation(row, source)]


def mentioned(row: Row, source: Source) -> dict[str, Any]:
    """A Patient of which the row says no more than who it is about."""
    number = record_number(row, source)
    known = {"id": resource_id(source.hospital, "Patient", business_id(number)), "identifier": [number]}
    return compact({"resourceType": "Patient", **known, "name": [{"text": row["name"]}] if "name" in row else []})


def patient(row: Row, source: Source) -> dict[str, Any]:
    """Raises ValueError with a sentence when the row contradicts itself."""
    number = record_number(row, source)
    parts = {"family": row.get("family", ""), "given": [row["given"]] if "given" in row else []}
    name = compact({"text": row.get("name", ""), **parts})
    address = compact({"text": row.get("address", ""), "postalCode": row.get("postal_code", "")})
    return compact(
        {
            "resourceType": "Patient",
            "id": resource_id(source.hospital, "Patient", business_id(number)),
            "identifier": [number, *_resident(row)],
            "name": [each for each in (name, compact({"text": row.get("other_name", "")})) if each],
            "telecom": [{"system": "phone", "value": row["phone"]}] if "phone" in row else [],
            "gender": row.get("sex", ""),
            "birthDate": row["birth_date"],
            "deceasedDateTime": row.get("deceased", ""),
            "address": [address] if address else [],
            "maritalStatus": row.get("marital_status", {}),
        }
    )


def _resident(row: Row) -> list[dict[str, Any]]:
    if "resident_id" not in row:
        return []
    value = row["resident_id"]
    if value[6:14] != row["birth_date"].replace("-", ""):
        # The number links records across hospitals by itself: a wrong link is worse than no record.
        raise ValueError("the birth date in resident_id is not the one in birth_date; correct one of them")
    kind = {"coding": [{"system": f"{V2}0203", "code": "NI"}]}
    return [{"type": kind, "system": resident_id.SYSTEM, "value": value}]


def observation(row: Row, source: Source) -> dict[str, Any]:
    """Its id: its number, else patient, code and time; the same result sent twice is one Observation."""
    whose = business_id(record_number(row, source))
    number = row.get("observation_number", "")
    system = row.get("code_system") or local_system(source, "code")
    own = (number,) if number else (whose, system, row["code"], row["time"])
    coding = {"system": system, "code": row["code"], "display": row.get("display", "")}
    category = row.get("category", "laboratory")
    identifier = {"system": local_system(source, "observation_number"), "value": number}
    return compact(
        {
            "resourceType": "Observation",
            "id": resource_id(source.hospital, "Observation", *own),
            "identifier": [identifier] if number else [],
            "status": row.get("status", "final"),
            "category": [_category(category)],
            "code": compact({"coding": [compact(coding)], "text": row.get("display", "")}),
            "subject": {"reference": reference(source.hospital, "Patient", whose)},
            "effectiveDateTime": row["time"],
            **_value(row),
            "interpretation": [row["interpretation"]] if "interpretation" in row else [],
            "note": [{"text": row["note"]}] if "note" in row else [],
            "referenceRange": _range(row),
        }
    )


def _category(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": code}]}


def _unit(row: Row) -> dict[str, str]:
    """A UCUM code only beside a LOINC code, whose units are UCUM by custom; a local code's unit is local too.

    UCUM writes powers of ten with *, so 10^9/L is the sender's own."""
    unit = row.get("unit", "")
    ucum = unit and not {" ", "^"} & set(unit) and unit.isascii() and row.get("code_system") == LOINC
    return {"unit": unit, "system": UCUM, "code": unit} if ucum else compact({"unit": unit})


def _value(row: Row) -> dict[str, Any]:
    """A number, with or without < or >, is a quantity; anything else is text; nothing is said to be absent."""
    value = row.get("value", "")
    if not value:
        return {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": "unknown"}]}}
    limit = LIMIT.fullmatch(value)
    found = quantity(limit[2], _unit(row), COMPARATORS[limit[1]]) if limit else quantity(value, _unit(row))
    return {"valueQuantity": found} if found else {"valueString": f"{value} {row.get('unit', '')}".strip()}


_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def _range(row: Row) -> list[dict[str, Any]]:
    bounds: Row = {name: {"value": row[name], **_unit(row)} for name in ("low", "high") if name in row}
    if len(bounds) == 2 and row["low"] > row["high"]:
        raise ValueError("the reference range's low is above its high")
    return [bounds] if bounds else []


# Of a row's resources the last is what the row says; those before it, many rows may share.
BUILDERS: dict[str, Callable[[Row, Source], list[dict[str, Any]]]] = {
    "patients": patients,
    "observations": observations,
}
