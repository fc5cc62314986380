"""Derives medbridge/normalize/hl7v2/tables.json from HL7's published code maps.

Source: HL7/v2-to-fhir, mappings/codesystems/*.csv, Apache-2.0.

    python tools/v2_tables.py ../shared/data/v2-to-fhir/mappings/codesystems
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "medbridge/normalize/hl7v2/tables.json"
USED = [
    "AddressType[Type]",
    "AddressType[Use]",
    "AdministrativeSex",
    "AdmissionType",
    "AllergenType[AllergyIntoleranceCategory]",
    "AllergySeverity[AllergyIntolerance.criticality]",
    "AllergySeverity[AllergyIntolerance.reaction.severity]",
    "AllergyType",
    "AmbulatoryStatus",
    "ContactRole",
    "DiagnosisType",
    "DiagnosticServiceSectionID",
    "DietType",
    "HospitalService",
    "IdentifierType",
    "InterpretationCodes",
    "MaritalStatus",
    "NameType",
    "ObservationResultStatusCodesInterpretation",
    "PatientClass[EncounterClass]",
    "PatientClass[EncounterStatus]",
    "ReadmissionIndicator",
    "Relationship",
    "Religion",
    "ResultStatus[Non-Queries]",
    "TelecommunicationEquipmentType",
    "TelecommunicationUseCode",
    "VIPIndicator",
]
V2_CODE, V2_TABLE, FHIR_CODE, FHIR_DISPLAY, FHIR_SYSTEM = 0, 2, 6, 8, 9


def table(path: Path) -> dict[str, list[str]]:
    """v2 code -> [FHIR code, display, system]; rows that HL7 left without a target are not in it."""
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    return {
        row[V2_CODE]: [row[FHIR_CODE], row[FHIR_DISPLAY] or row[FHIR_DISPLAY - 1], row[FHIR_SYSTEM]]
        for row in rows
        if len(row) > FHIR_SYSTEM
        and row[V2_TABLE].startswith("HL7")
        and row[FHIR_CODE]
        and row[FHIR_SYSTEM].startswith("http")
    }


def main(directory: Path) -> None:
    tables = {name: table(directory / f"HL7 Concept Map_ {name} - Sheet1.csv") for name in USED}
    document = {"source": "HL7/v2-to-fhir mappings/codesystems, Apache-2.0", "tables": tables}
    TARGET.write_text(json.dumps(document, indent=0, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
