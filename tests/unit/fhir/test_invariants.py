"""Every invariant of R4 of severity error is judged, or named here with the reason why not; each has a broken case."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.elements import check_type
from medbridge.fhir.invariants import ALL
from tests.unit.fhir import broken_definitions, broken_invariants

Json = dict[str, Any]
# Held by the structure itself: elements, contained, targets, narrative, and the tables.
STRUCTURAL = {"ele-1", "dom-2", "dom-3", "dom-4", "dom-5", "ref-1", "txt-1", "txt-2", "sqty-1", "evv-1", "tst-4"}
NOT_JUDGED = {
    "eld-11": "HL7's expression holds for any element that has a type",
    "ppc-2": "HL7's expression looks for the system 'something', so it holds for any Consent",
    "ppc-3": "as ppc-2",
    "ppc-4": "as ppc-2",
    "ppc-5": "as ppc-2",
}
# HL7 states these on an element; the rule is on the type around it, or on the type that several elements share.
ELSEWHERE = {
    ("Organization.telecom", "org-3"): "Organization",
    ("Organization.address", "org-2"): "Organization",
    ("ElementDefinition.max", "eld-3"): "ElementDefinition",
    ("RiskAssessment.prediction.probability[x]", "ras-1"): "RiskAssessment.prediction",
    ("StructureDefinition.snapshot", "sdf-3"): "StructureDefinition",
    ("StructureDefinition.snapshot", "sdf-8"): "StructureDefinition",
    ("StructureDefinition.snapshot", "sdf-8b"): "StructureDefinition",
    ("StructureDefinition.differential", "sdf-8a"): "StructureDefinition",
    ("StructureDefinition.snapshot.element", "sdf-10"): "StructureDefinition",
    ("Measure", "mea-1"): "Measure.group.stratifier",
    ("TestScript.test.action.operation", "tst-8"): "TestScript.setup.action.operation",
    ("TestScript.teardown.action.operation", "tst-9"): "TestScript.setup.action.operation",
    **{("TestScript.test.action.assert", f"tst-{n}"): "TestScript.setup.action.assert" for n in (6, 11, 13)},
    ("MeasureReport", "mrp-2"): "MeasureReport.group.stratifier.stratum",
}
# Stated in words only: a fullUrl is absolute.
OWN = ("Bundle.entry", "R4 2.36.4")
JUDGED = {(name, key) for name, listed in ALL.items() for rule in listed for key in rule.key.split("/")}
BROKEN = broken_invariants.BROKEN + broken_definitions.BROKEN
KEYS = sorted({key for _, key in JUDGED})

needs_definitions = pytest.mark.skipif(
    "MEDBRIDGE_DEFINITIONS" not in os.environ, reason="NOT RUN: MEDBRIDGE_DEFINITIONS is not set"
)


def stated() -> set[tuple[str, str]]:
    """Where HL7 states which error: (element, key)."""
    folder = Path(os.environ["MEDBRIDGE_DEFINITIONS"]) / "dist" / "fhir" / "r4"
    found = set()
    for file in ("profiles-types.json", "profiles-resources.json"):
        for entry in json.loads((folder / file).read_text("utf-8"))["entry"]:
            if entry["resource"].get("fhirVersion") != "4.0.1":
                continue
            for element in entry["resource"].get("snapshot", {}).get("element", ()):
                path = element["path"]
                if path == "Quantity" and entry["resource"]["name"] in ("MoneyQuantity", "SimpleQuantity"):
                    path = entry["resource"]["name"]
                for constraint in element.get("constraint", ()):
                    if constraint["severity"] == "error":
                        found.add((path, constraint["key"]))
    return found


@needs_definitions
def test_every_error_that_hl7_states_is_judged_or_named_with_a_reason() -> None:
    keys = {key for _, key in stated()}
    assert len(keys) == 206
    assert keys - {key for _, key in JUDGED} - STRUCTURAL == NOT_JUDGED.keys()


@needs_definitions
def test_a_rule_is_on_the_type_that_hl7_states_it_for() -> None:
    places = {(ELSEWHERE.get(place, place[0]), place[1]) for place in stated()}
    assert {(name, key) for name, key in JUDGED if (name, key) not in places} == {OWN}


def test_each_key_has_a_case() -> None:
    assert {key for key, _, _ in BROKEN} >= set(KEYS)


@pytest.mark.parametrize(("key", "name", "value"), BROKEN, ids=[f"{key} {name}" for key, name, _ in BROKEN])
def test_refused(key: str, name: str, value: Json) -> None:
    faults = check_type(name)(value) or []
    assert [fault.code for fault in faults] == ["invariant"] * len(faults)
    assert any(key in fault.text for fault in faults), faults
