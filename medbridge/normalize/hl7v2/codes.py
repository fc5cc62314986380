"""CE, CWE, CNE, IS, ID: coded values. The sender's own code is always kept; a translation stands before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.identifiers import OID
from medbridge.normalize.hl7v2.message import Element
from medbridge.normalize.hl7v2.tables import CODE_SYSTEMS, V2, Code
from medbridge.normalize.packs import Scope, Spec, Unmapped

TRIPLETS = ((1, 2, 3, 7, 14), (4, 5, 6, 8, 17), (10, 11, 12, 13, 20))  # code, text, system, version, system's OID
OID_SYSTEMS = {
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
}


def system(context: Context, name: str, oid: str, field: str) -> str:
    """URI of a coding system: by its OID, by its name in table 0396, else the hospital's own of that name or field."""
    if OID.fullmatch(oid) or OID.fullmatch(name):
        number = oid if OID.fullmatch(oid) else name
        return OID_SYSTEMS.get(number, f"urn:oid:{number}")
    if match := re.fullmatch(r"HL7(\d{4})", name.upper()):
        return f"{V2}{match[1]}"
    return CODE_SYSTEMS.get(name.upper()) or context.local_system(name or field)


def codings(context: Context, element: Element, default_system: str = "") -> list[dict[str, Any]]:
    found = []
    for code, text, name, version, oid in TRIPLETS:
        written = " ".join(element.part(code).split())
        if not written:
            continue
        known = "" if element.part(name) else default_system
        uri = known or system(context, element.part(name), element.part(oid), element.segment.at(element.field))
        coding = {"system": uri, "version": element.part(version), "code": written, "display": element.part(text)}
        found.append(compact(coding))
    return found


def concept(context: Context, element: Element, default_system: str = "") -> dict[str, Any]:
    """CWE -> CodeableConcept, {} when empty. `default_system` is used where CWE.3 is empty (DG1-2 names it)."""
    text = element.part(9) or element.part(2) or element.part(5)
    return compact({"coding": codings(context, element, default_system), "text": text})


def translated(scope: Scope, element: Element, table: Mapping[str, Code], spec: Spec) -> dict[str, Any]:
    """CodeableConcept with the translation first and the sender's code after it; `value` of the row: its system."""
    target = table.get(element.part(1))
    own = concept(scope.context, element, spec.value if target else "")
    if target is None or not target.code:
        if own.get("coding") and target is None:
            _unmapped(scope, element, spec, own["coding"][0])
        return own
    others = [coding for coding in own.get("coding", []) if (coding["system"], coding["code"]) != target[::-2]]
    return {**own, "coding": [target.coding(), *others]}


def _unmapped(scope: Scope, element: Element, spec: Spec, own: dict[str, Any]) -> None:
    sent = Unmapped(element.place, spec.table, own["code"], own.get("display", ""), own.get("system", ""))
    scope.unmapped.append(sent)
    scope.problem(element.place, f"{sent.code[:20]!r} is not in the table {spec.table}; kept as it is", "unmapped")
