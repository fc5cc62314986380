"""Records of others: Synthea's, examples of the US Core and IPS packages (../shared/data), HL7's own R4 files."""

from __future__ import annotations

import gzip
import json
import os
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.structure import resource_types
from medbridge.fhir.validate import issues

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
# The whole of Synthea's 31 919 resources takes 5 s; a few files hold every resource type it makes.
PATIENTS = 3
PACKAGES = ("us_core_610.tgz", "us_core_700.tgz", "ips_110.tgz")

# HL7's own R4 resources, 11 000 of them: profiles, value sets, code systems, search parameters, maps, operations.
R4 = Path(os.environ.get("MEDBRIDGE_DEFINITIONS", "/nowhere")) / "dist" / "fhir" / "r4"
OFFICIAL = (
    *("profiles-types.json", "profiles-resources.json", "profiles-others.json", "extension-definitions.json"),
    *("valuesets.json", "v2-tables.json", "v3-codesystems.json", "conceptmaps.json", "search-parameters.json"),
)
NOT_R4 = {"SubscriptionStatus"}  # of 4.3.0, added by Medplum
needs_definitions = pytest.mark.skipif(
    "MEDBRIDGE_DEFINITIONS" not in os.environ, reason="NOT RUN: MEDBRIDGE_DEFINITIONS is not set"
)
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"NOT RUN: no real records at {SHARED}")


def synthea() -> list[bytes]:
    return [gzip.decompress(path.read_bytes()) for path in sorted((SHARED / "synthea").glob("*.json.gz"))[:PATIENTS]]


def examples(package: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(SHARED / "fhir" / package) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith(".json") else None
            if content and "openapi" not in member.name and "/other/" not in member.name:
                yield member.name, content.read()


@needs_shared
@pytest.mark.parametrize("number", range(PATIENTS))
def test_synthea_histories_are_accepted_whole(number: int) -> None:
    assert issues(parse(synthea()[number])) == []


@needs_shared
@pytest.mark.parametrize("package", PACKAGES)
def test_examples_and_definitions_of_implementation_guides_are_accepted(package: str) -> None:
    rejected = {}
    for name, raw in examples(package):
        resource = parse(raw)
        if resource.get("resourceType") in resource_types() and (found := issues(resource)):
            rejected[name] = found[0]
    assert rejected == {}


@needs_definitions
@pytest.mark.parametrize("file", OFFICIAL)
def test_the_official_r4_files_are_accepted(file: str) -> None:
    entries = parse((R4 / file).read_bytes())["entry"]
    rejected = {entry["resource"]["id"]: issues(entry["resource"]) for entry in entries}
    assert {name: found[0] for name, found in rejected.items() if found and name not in NOT_R4} == {}


@needs_shared
def test_parsing_and_serializing_changes_no_digit() -> None:
    raw = synthea()[0]
    expected = json.loads(raw, parse_float=str, parse_int=str)
    assert json.loads(serialize(parse(raw)), parse_float=str, parse_int=str) == expected


@needs_shared
def test_second_opinion_fhir_resources_accepts_what_we_accept() -> None:
    entries: list[dict[str, Any]] = [entry["resource"] for entry in json.loads(synthea()[0])["entry"]]
    sample = random.Random(0).sample(entries, min(len(entries), 60))
    for resource in sample:
        assert issues(resource) == []
        assert get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@needs_shared
@pytest.mark.parametrize("package", PACKAGES)
def test_second_opinion_fhir_resources_accepts_the_examples_of_guides(package: str) -> None:
    for name, raw in examples(package):
        resource = json.loads(raw)
        kind = resource.get("resourceType")
        # It has no extensions of valueInteger, which the publisher of guides writes into what is no example.
        if "/example/" in name and kind in resource_types():
            assert issues(parse(raw)) == [] and get_fhir_model_class(kind).model_validate(resource)


@needs_shared
def test_a_record_spoiled_anywhere_is_judged_without_breaking() -> None:
    chance = random.Random(0)
    entries = [entry["resource"] for entry in json.loads(synthea()[0])["entry"]]
    junk: list[Any] = [None, "", "x", 0, -1.5, True, [], {}, [None], {"id": "x"}, [[{}]], {"reference": "#x"}]
    for _ in range(1500):
        resource = json.loads(json.dumps(chance.choice(entries)))
        holder, key = chance.choice(list(_places(resource)))
        holder[key] = chance.choice(junk)
        for issue in issues(resource):
            assert issue.expression and issue.diagnostics


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(item)
