"""Whole Synthea bundles through plan, rewrite and index (../shared/data/synthea, Synthea 2.7, Apache-2.0)."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.bundle import plan
from medbridge.fhir.index import index
from medbridge.fhir.references import references, rewrite

FOLDER = Path(__file__).resolve().parents[2] / "../shared/data/synthea"
# A few people are enough: the unit tests have the forms, this has the real mixture of them.
PEOPLE = 4


def bundles() -> Iterator[dict[str, Any]]:
    files = [p for p in sorted(FOLDER.glob("*.json.gz")) if not p.name.startswith(("hospital", "practitioner"))]
    if not files:
        pytest.skip(f"NOT TESTED on real bundles: {FOLDER} is absent")
    return (json.loads(gzip.decompress(path.read_bytes())) for path in files[:PEOPLE])


def test_every_reference_within_a_bundle_is_resolved_and_every_resource_indexed() -> None:
    for bundle in bundles():
        steps = plan(bundle)
        ids = {name: f"{s.target.type}/{s.index}" for s in steps for name in s.names}
        conditional = {
            r.text: f"{r.type}/c" for s in steps for r in references(s.resource or {}) if r.kind == "conditional"
        }
        [alice] = [s.index for s in steps if s.target.type == "Patient"]
        for step in steps:
            assert step.resource is not None
            resource = rewrite(step.resource, ids | conditional)
            resource["id"] = str(step.index)
            assert {r.kind for r in references(resource)} <= {"literal", "fragment"}
            row = index(resource)
            assert row.terms
            assert row.patient == str(alice), resource["resourceType"]
