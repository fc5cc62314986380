"""The project's own records: valid, closed in themselves, and of one Alice in all formats and both hospitals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.bundle import plan
from medbridge.fhir.parse import parse
from medbridge.fhir.references import references
from medbridge.fhir.validate import check
from medbridge.normalize import ccda, hl7v2, tabular
from medbridge.normalize.conversion import Source

SAMPLES = Path(__file__).resolve().parents[3] / "medbridge" / "samples"
SOURCES = {"north": Source("north", "America/Los_Angeles"), "renji": Source("renji", "Asia/Shanghai")}
BUNDLES = sorted((SAMPLES / "fhir").glob("*.json"))
TABLES = sorted((SAMPLES / "csv").glob("*.csv"))
RESIDENT_ID = ("urn:oid:2.16.156.10011.1.3", "11019919850314038X")


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_each_bundle_is_a_valid_transaction_that_refers_to_itself_and_its_hospital_only(path: Path) -> None:
    bundle = parse(path.read_bytes())
    check(bundle)
    names = {entry["fullUrl"] for entry in bundle["entry"]}
    assert 15 <= len(plan(bundle)) <= 60
    hospital = f"Organization/{path.stem.partition('_')[0]}"
    assert {each.text for each in references(bundle) if each.text} <= {*names, hospital}


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_each_table_is_taken_whole(path: Path) -> None:
    conversion = tabular.convert(path.read_bytes(), SOURCES[path.stem.partition("_")[0]])
    assert conversion.problems == []
    kind = "Patient" if "patients" in path.stem else "Observation"
    rows = len([line for line in path.read_bytes().splitlines() if line]) - 1
    assert len([each for each in conversion.resources if each["resourceType"] == kind]) == rows


def everything() -> Iterator[tuple[str, dict[str, Any]]]:
    """Hospital and resource, of every sample in every format."""
    for path in sorted(SAMPLES.glob("*/*")):
        hospital, raw = path.stem.partition("_")[0], path.read_bytes()
        if path.suffix == ".json":
            found = [entry["resource"] for entry in parse(raw)["entry"]]
        elif path.suffix == ".csv":
            found = tabular.convert(raw, SOURCES[hospital]).resources
        elif path.suffix == ".xml":
            found = ccda.convert(raw, SOURCES[hospital]).resources
        else:
            found = hl7v2.convert(hl7v2.parse(raw), SOURCES[hospital]).resources
        yield from ((hospital, resource) for resource in found)


def test_alice_is_one_patient_in_each_hospital_and_carries_her_resident_id_in_both() -> None:
    alices = [
        (hospital, patient)
        for hospital, patient in everything()
        if patient["resourceType"] == "Patient" and patient.get("birthDate") == "1985-03-14"
    ]
    assert len({(hospital, patient["id"]) for hospital, patient in alices}) == 2
    identified = {
        hospital
        for hospital, patient in alices
        if RESIDENT_ID in [(each["system"], each["value"]) for each in patient["identifier"]]
    }
    assert identified == {"north", "renji"}
