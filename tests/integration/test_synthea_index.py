"""Whole Synthea bundles through plan, rewrite and index (../shared/data/synthea, Synthea 2.7, Apache-2.0)."""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.bundle import plan
from medbridge.fhir.index import index
from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.references import only_patient, patients, patients_in, references, rewrite

FOLDER = Path(__file__).resolve().parents[2] / "../shared/data/synthea"
# A few people are enough: the unit tests have the forms, this has the real mixture of them.
PEOPLE = 4


@cache
def people() -> list[list[dict[str, Any]]]:
    """Of each person the resources as they are stored: references resolved, ids set."""
    files = [p for p in sorted(FOLDER.glob("*.json.gz")) if not p.name.startswith(("hospital", "practitioner"))]
    if not files:
        pytest.skip(f"NOT TESTED on real bundles: {FOLDER} is absent")
    return [stored(parse(gzip.decompress(path.read_bytes()))) for path in files[:PEOPLE]]


def stored(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    steps = plan(bundle)
    ids = {name: f"{s.target.type}/{s.index}" for s in steps for name in s.names}
    conditional = {
        r.text: f"{r.type}/c" for s in steps for r in references(s.resource or {}) if r.kind == "conditional"
    }
    found = []
    for step in steps:
        assert step.resource is not None
        found.append({**rewrite(step.resource, ids | conditional), "id": str(step.index)})
    return found


def resources() -> Iterator[dict[str, Any]]:
    return (resource for person in people() for resource in person)


def test_every_reference_within_a_bundle_is_resolved_and_every_resource_indexed() -> None:
    for person in people():
        [alice] = [resource["id"] for resource in person if resource["resourceType"] == "Patient"]
        for resource in person:
            assert {r.kind for r in references(resource)} <= {"literal", "fragment"}
            row = index(resource)
            assert row.terms
            assert row.patient == alice, resource["resourceType"]


def test_the_bytes_tell_the_same_patients_as_a_walk() -> None:
    for resource in resources():
        raw, found = serialize(resource), patients(resource)
        assert patients_in(raw) in (found, None)
        assert only_patient(raw, "1") <= (found <= {"1"})
        assert index(resource) == index(resource, raw)


def test_the_index_says_what_fhirpath_says_of_every_search_parameter() -> None:
    from tests.integration.fhirpath_index import Expected

    expected, checked = Expected(), 0
    for resource in resources():
        plain = json.loads(serialize(resource))
        assert expected.of(plain) == expected.indexed(index(resource)), resource["resourceType"]
        checked += 1
    assert checked > 1000
