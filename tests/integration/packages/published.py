"""The published packages beside the checkout (../shared/data/fhir, CC0-1.0)."""

import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "../shared/data/fhir"
US_CORE_6, US_CORE_7, IPS = "us_core_610.tgz", "us_core_700.tgz", "ips_110.tgz"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
IPS_URL = "http://hl7.org/fhir/uv/ips/StructureDefinition"


def path(name: str) -> Path:
    if not (FOLDER / name).exists():
        pytest.skip(f"NOT TESTED against {name}: {FOLDER} is absent")
    return FOLDER / name


@cache
def examples(name: str) -> dict[str, dict[str, Any]]:
    """The resources in the package's example folder, by file name."""
    found = {}
    with tarfile.open(path(name)) as archive:
        for member in archive:
            if member.name.startswith("package/example/") and member.name.endswith(".json"):
                stream = archive.extractfile(member)
                content = json.loads(stream.read()) if stream else {}
                if "resourceType" in content:
                    found[member.name.rpartition("/")[2]] = content
    return found
