"""HL7 v2 codes -> FHIR codes: HL7's published maps (tables.json), and the few codes they leave open.

Source of pack/base/codes/hl7.json: HL7/v2-to-fhir, mappings/codesystems, Apache-2.0, derived by tools/v2_pack.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

HL7 = Path(__file__).parent / "pack/base/codes/hl7.json"
V2 = "http://terminology.hl7.org/CodeSystem/v2-"
V3 = "http://terminology.hl7.org/CodeSystem/v3-"


class Code(NamedTuple):
    code: str
    display: str
    system: str

    def coding(self) -> dict[str, Any]:
        coding = {"system": self.system, "code": self.code}
        return {**coding, "display": self.display} if self.display else coding


TABLES: dict[str, dict[str, Code]] = {
    name: {code: Code(*target) for code, target in rows.items()}
    for name, rows in json.loads(HL7.read_text(encoding="utf-8"))["tables"].items()
}


def lookup(table: str, code: str) -> Code | None:
    return TABLES[table].get(code)


# GB/T 2261.1 and the words that Chinese systems send in PID-8; 9 is "not stated".
SEX = {code: row.code for code, row in TABLES["AdministrativeSex"].items()} | {
    "0": "unknown",
    "1": "male",
    "2": "female",
    "9": "unknown",
    "男": "male",
    "女": "female",
}
# GB/T 2261.2 to table 0002: 20 married, 21 first, 22 again, 23 remarried to the same.
MARITAL_STATUS_CN = {"10": "S", "20": "M", "21": "M", "22": "M", "23": "M", "30": "W", "40": "D"}
INTERPRETATION_ALIASES = {"↑": "H", "↓": "L", "↑↑": "HH", "↓↓": "LL", "h": "H", "l": "L", "n": "N"}

# Sections of table 0074 (OBR-24) as categories that people search by.
LABORATORY = {
    *("BG", "BLB", "CG", "CH", "CP", "GE", "HM", "IMM", "LAB", "MB", "MCB", "MYC", "OSL", "SP", "SR", "TX", "VR")
}
IMAGING = {"CT", "CUS", "NMR", "NMS", "OUS", "RAD", "RUS", "RX", "VUS", "XRC"}

# HL7 table 0396, coding system names to the URIs of the FHIR registry.
CODE_SYSTEMS = {
    "LN": "http://loinc.org",
    "LOINC": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNOMED-CT": "http://snomed.info/sct",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "ICD-10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm",
    "UCUM": "http://unitsofmeasure.org",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "C4": "http://www.ama-assn.org/go/cpt",
    "CPT4": "http://www.ama-assn.org/go/cpt",
    "ISO639": "urn:ietf:bcp:47",
}
