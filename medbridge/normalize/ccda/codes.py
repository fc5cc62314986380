"""CD, CE, CV, CO and CS: coded values."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda.context import Context
from medbridge.normalize.ccda.elements import Node, attribute, child, children
from medbridge.normalize.ccda.oids import CODE_SYSTEMS, THO, code_system
from medbridge.normalize.hl7v2.context import compact

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NULL_FLAVORS = {"NI", "UNK", "OTH", "NASK", "ASKU", "NAV", "NA", "MSK", "INV", "NP", "TRC", "QS", "UNC", "DER"}


def coding(node: Node) -> dict[str, str]:
    """One code with its system; {} when there is no code."""
    code = " ".join(attribute(node, "code").split())
    if node.get("nullFlavor") or not code:
        return {}
    display = " ".join(attribute(node, "displayName").split())
    return compact({"system": code_system(attribute(node, "codeSystem")), "code": code, "display": display})


def concept(context: Context, node: Node | None) -> dict[str, Any]:
    """CD -> CodeableConcept with its translations; {} when it says nothing.

    A null flavor of the code itself leaves its translations and original text standing.
    """
    if node is None:
        return {}
    found = [coding(node), *(coding(each) for each in children(node, "translation"))]
    codings = [each for n, each in enumerate(found) if each and each not in found[:n]]
    text = context.narrative(child(node, "originalText"))
    if not codings and not text:
        text = attribute(node, "displayName")
    return compact({"coding": codings, "text": " ".join(text.split())})


def concepts(context: Context, nodes: list[Node]) -> list[dict[str, Any]]:
    return [found for node in nodes if (found := concept(context, node))]


def unknown(node: Node | None) -> dict[str, Any]:
    """Why a required code is missing, for elements that FHIR does not let be absent."""
    flavor = attribute(node, "nullFlavor")
    return {"coding": [null_coding(flavor)]}


def null_coding(flavor: str = "") -> dict[str, str]:
    code = flavor if flavor in NULL_FLAVORS else "UNK"
    return {"system": CODE_SYSTEMS["2.16.840.1.113883.5.1008"], "code": code}


def fixed(table: str, code: str) -> dict[str, Any]:
    """A CodeableConcept of an HL7 code system: `fixed("condition-clinical", "active")`."""
    return {"coding": [{"system": THO + table, "code": code}]}


def is_code(node: Node | None, *codes: str) -> bool:
    """Has the CD, or one of its translations, one of these codes? For codes that mean one thing in C-CDA."""
    return node is not None and any(attribute(each, "code") in codes for each in (node, *children(node, "translation")))
