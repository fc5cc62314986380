"""A second opinion on the index: the R4 expressions evaluated by fhirpathpy, their values spelled by the book."""

import json
import os
import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.dates import EARLIEST, LATEST, interval
from medbridge.fhir.extract_references import PERSONS
from medbridge.fhir.index import Index
from medbridge.fhir.parameters import Parameter, clinical_date, date_column, supported
from medbridge.fhir.terms import digest, fold, key, prefixes, salt, sounds
from medbridge.fhir.ucum import SYSTEM, canonical
from tools.generate_fhir_search import FOLDER

Json = dict[str, Any]
Said = dict[str, set[Any]]


@cache
def compiled(expression: str) -> Any:
    fhirpathpy = pytest.importorskip("fhirpathpy", reason="NOT COMPARED: fhirpathpy is not installed")
    from fhirpathpy.models import models

    return fhirpathpy.compile(expression, models["r4"])


class Expected:
    """What the index should hold of a resource, made without its tables."""

    def __init__(self) -> None:
        folder = os.environ.get("MEDBRIDGE_DEFINITIONS")
        if not folder:
            pytest.skip("MEDBRIDGE_DEFINITIONS is not set: the index was NOT compared with FHIRPath")
        content = json.loads((Path(folder) / FOLDER / "search-parameters.json").read_text())
        self.sources: dict[str, dict[str, Json]] = {}
        for source in (entry["resource"] for entry in content["entry"]):
            if source.get("expression") and source["version"] == "4.0.1":
                for type in source["base"]:
                    self.sources.setdefault(type, {})[source["code"]] = source

    def of(self, resource: Json) -> Said:
        type = resource["resourceType"]
        said: Said = {name: set() for name in ("terms", "refs", "strings", "dates", "clinical", "numbers")}
        present, patients, codes = 0, set[str](), set[int]()
        for parameter in supported(type).values():
            values = self.values(type, parameter, resource)
            # Patient-deceased is a condition, true or false of everyone.
            there = values if parameter.name != "deceased" else {*resource} & {"deceasedBoolean", "deceasedDateTime"}
            present |= parameter.bit if there else 0
            if parameter.kind == "composite":
                self.composed(type, parameter, values, said)
            elif not parameter.expands and parameter.name not in ("_id", "_lastUpdated"):
                for value in values:
                    spell(type, parameter, value, said)
            if parameter.name in ("patient", "subject"):
                own = {value.get("reference", "") for value in values if isinstance(value, dict)}
                patients |= {reference for reference in own if reference.startswith("Patient/")}
            if parameter.name == "code":
                codes = {parameter.salt ^ digest(s) for v in values for s in coded(v) if s[:1] != "|" and s[-1:] != "|"}
        said["terms"] |= {code ^ digest(patient) for code in codes for patient in patients}
        return said | {"present": {present}, "clinical": first(clinical_date(type), said["clinical"])}

    def values(self, type: str, parameter: Parameter, resource: Json) -> list[Any]:
        source = self.sources.get(type, {}).get(parameter.name) or self.sources["Resource"][parameter.name]
        parts = [part.strip() for part in source["expression"].split(" | ")]
        text = " | ".join(p for p in parts if re.match(rf"\(*({type}|Resource|[a-z])\b", p))
        text = re.sub(r"where\(resolve\(\) is (\w+)\)", r"where(reference.contains('\1/'))", text)
        # `as` is for one value only; R4 writes it of several (component.value as Quantity).
        text = re.sub(r"\((\S+) as (\w+)\)", r"\1.ofType(\2)", text).replace(".as(", ".ofType(")
        return [] if "entry[0]" in text else compiled(text.replace("Resource.", f"{type}."))(resource)  # type: ignore[no-any-return]

    def composed(self, type: str, parameter: Parameter, elements: list[Any], said: Said) -> None:
        """component-code-value-concept and -quantity: the composites below a repeating element that Synthea has."""
        if parameter.expands or not parameter.root:
            return
        for element in elements:
            codes = [digest(s) for s in coded(element["code"])] and coded(element["code"])
            for other in coded(element.get("valueCodeableConcept", {})):
                if parameter.name.endswith("concept"):
                    said["terms"] |= {parameter.salt ^ digest(f"{code}${other}") for code in codes}
            if parameter.name.endswith("quantity") and "valueQuantity" in element:
                row = measured(parameter.salt, element["valueQuantity"])
                said["numbers"] |= {(*row, parameter.salt ^ digest(code)) for code in codes}

    def indexed(self, row: Index) -> Said:
        clinical = {(row.low, row.high)} if row.low else set()
        numbers = {(n.salt, n.low, frozenset(n.units), n.canonical and n.canonical[:2], n.pair) for n in row.numbers}
        return {
            "terms": set(row.terms), "refs": set(row.refs), "strings": set(row.strings), "present": {row.present},
            "dates": {tuple(date[:3]) for date in row.dates}, "clinical": clinical, "numbers": numbers,
        }  # fmt: skip


def first(names: tuple[str, ...], found: set[Any]) -> set[Any]:
    for name in names:
        if own := [(low, high) for source, low, high in found if source == name]:
            return {(min(low for low, _ in own), max(high for _, high in own))}
    return set()


def spell(type: str, parameter: Parameter, value: Any, said: Said) -> None:
    own, name = parameter.salt, parameter.name
    if parameter.kind == "token":
        said["terms"] |= {own ^ digest(s) for s in coded(value)}
        said["terms"] |= {salt(type, f"{name}:text") ^ digest(fold(t)) for t in texts(value)}
        said["terms"] |= {salt(type, f"{name}:of-type") ^ digest(t) for t in of_type(value)}
    elif parameter.kind == "uri":
        said["terms"] |= {own ^ digest(value), own ^ digest(value.partition("|")[0])}
        said["terms"] |= {salt(type, f"{name}:below") ^ digest(prefix) for prefix in prefixes(value)}
    elif parameter.kind == "reference":
        referred(type, parameter, value, said)
    elif parameter.kind == "string":
        strung(type, parameter, value, said)
    elif parameter.kind == "date":
        low, high = when(value)
        if name in clinical_date(type):
            said["clinical"].add((name, low, high))
        if not date_column(type, name):
            said["dates"].add((own, low, high))
    elif parameter.kind in ("quantity", "number"):
        said["numbers"].add((*measured(own, value if isinstance(value, dict) else {"value": value}), None))


def coded(value: Any) -> list[str]:
    """The ways to search for a token."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, str):
        return [value]
    if "coding" in value or set(value) <= {"text"}:
        return [spelling for coding in value.get("coding", []) for spelling in coded(coding)]
    system, code = value.get("system", ""), value.get("code") or value.get("value", "")
    if system in ("phone", "email", "fax", "url", "sms", "pager", "other"):
        system = ""
    return ([code, f"{system}|{code}"] if code else []) + ([f"{system}|"] if system else [])


def texts(value: Any) -> list[str]:
    if not isinstance(value, dict):
        return []
    concept = value.get("type", {}) if "value" in value else value
    found = [concept.get("text"), concept.get("display"), *(c.get("display") for c in concept.get("coding", []))]
    return [text for text in found if text]


def of_type(value: Any) -> list[str]:
    if not isinstance(value, dict) or "value" not in value:
        return []
    codings = value.get("type", {}).get("coding", [])
    return [f"{coding['system']}|{coding['code']}|{value['value']}" for coding in codings]


def referred(type: str, parameter: Parameter, value: Any, said: Said) -> None:
    if isinstance(value, str):
        said["refs"] |= {parameter.salt ^ digest(value), parameter.salt ^ digest(value.partition("|")[0])}
        return
    target = value.get("reference", "")
    if re.fullmatch(r"[A-Z]\w+/[\w.-]+", target):
        said["refs"].add(parameter.salt ^ key(*target.split("/")))
    elif target.startswith(("urn:", "http")):
        said["refs"].add(parameter.salt ^ digest(target))
    if "identifier" in value:
        said["terms"] |= {salt(type, f"{parameter.name}:identifier") ^ digest(s) for s in coded(value["identifier"])}
    kind = target.split("/")[0] if "/" in target else None
    person = kind in PERSONS if kind else not parameter.targets or PERSONS & {*parameter.targets}
    if "display" in value and not person:
        said["terms"].add(salt(type, f"{parameter.name}:text") ^ digest(fold(value["display"])))


def strung(type: str, parameter: Parameter, value: Any, said: Said) -> None:
    parts = (
        "line",
        "city",
        "district",
        "state",
        "postalCode",
        "country",
        "text",
        "family",
        "given",
        "prefix",
        "suffix",
    )
    found = [value] if isinstance(value, str) else [value.get(part) for part in parts]
    for text in [t for item in found if item for t in (item if isinstance(item, list) else [item])]:
        if parameter.name == "phonetic":
            said["terms"] |= {parameter.salt ^ digest(sound) for sound in sounds(text)}
        else:
            said["strings"].add((parameter.salt, fold(text)[:500]))
            said["terms"].add(salt(type, f"{parameter.name}:exact") ^ digest(text))


def when(value: Any) -> tuple[datetime, datetime]:
    if isinstance(value, dict):
        low, high = value.get("start"), value.get("end")
        return interval(low)[0] if low else EARLIEST, interval(high)[1] if high else LATEST
    return interval(str(value))


def measured(salted: int, value: Json) -> tuple[Any, ...]:
    number, code, system = Decimal(str(value["value"])), value.get("code"), value.get("system")
    if "currency" in value:
        code, system = value["currency"], "urn:iso:std:iso:4217"
    units = {f"{system or ''}|{code}", f"|{code}"} if code else set()
    units |= {f"|{value['unit']}"} if value.get("unit") else set()
    base = canonical(number, code) if system == SYSTEM and code else None
    return salted, number, frozenset(map(digest, units)), base and (digest(base[0]), base[1])
