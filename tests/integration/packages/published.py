"""The published packages beside the checkout (../shared/data/fhir, CC0-1.0)."""

import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.outcome import Issue
from medbridge.fhir.profiles.judge import judge
from medbridge.fhir.profiles.library import CODE_SYSTEM, STRUCTURE, VALUE_SET, Entry, Library
from medbridge.fhir.profiles.snapshot import compact
from medbridge.fhir.profiles.value_sets import compact_code_system, compact_value_set

FOLDER = Path(__file__).resolve().parents[3] / "../shared/data/fhir"
US_CORE_6, US_CORE_7, IPS = "us_core_610.tgz", "us_core_700.tgz", "ips_110.tgz"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
IPS_URL = "http://hl7.org/fhir/uv/ips/StructureDefinition"


def path(name: str) -> Path:
    if not (FOLDER / name).exists():
        pytest.skip(f"NOT TESTED against {name}: {FOLDER} is absent")
    return FOLDER / name


_COMPACT = {STRUCTURE: compact, VALUE_SET: compact_value_set, CODE_SYSTEM: compact_code_system}


@cache
def contents(name: str) -> dict[str, dict[str, Any]]:
    """Every JSON object of the package by its path in it."""
    found = {}
    with tarfile.open(path(name)) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.name.endswith(".json") else None
            found[member.name.removeprefix("package/")] = json.loads(stream.read()) if stream else {}
    return found


def examples(name: str) -> dict[str, dict[str, Any]]:
    """The resources in the package's example folder, by file name."""
    found = contents(name).items()
    return {file.removeprefix("example/"): content for file, content in found
            if file.startswith("example/") and "resourceType" in content}  # fmt: skip


@cache
def meant(name: str) -> dict[str, str]:
    """Type/id of an example -> the profile that the ImplementationGuide says it is an example of."""
    [guide] = [c for file, c in contents(name).items() if file.startswith("ImplementationGuide")]
    listed = guide["definition"]["resource"]
    return {r["reference"]["reference"]: r["exampleCanonical"] for r in listed if "exampleCanonical" in r}


@cache
def library(name: str) -> Library:
    """The package in memory."""
    tables: dict[str, Any] = {}
    entries = []
    for file, content in contents(name).items():
        kind = content.get("resourceType")
        if "/" not in file and kind in _COMPACT:
            tables[file] = _COMPACT[kind](content)
            version, type = content.get("version", ""), content.get("type", "")
            entries.append(Entry(kind, content["url"], version, "this#1", file, type))
    return Library(entries, tables.__getitem__)


def judged(resource: dict[str, Any], name: str) -> list[Issue]:
    """What the profiles that an example claims, or is meant for, say of it."""
    profile = meant(name).get(f"{resource['resourceType']}/{resource['id']}")
    loaded = library(name)
    return judge(resource, [profile] if profile and loaded.profile(profile) else [], loaded)
