"""Every resource that Synthea makes is found by each of its own values (../shared/data/synthea)."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir.index import index
from medbridge.fhir.parameters import Parameter, supported
from medbridge.fhir.parse import parse
from medbridge.fhir.search import parse_query
from tests.unit.fhir.evaluation import Row, holds

SYNTHEA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "synthea"
# Of each type: they are much alike.
RESOURCES = 12


def sample() -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(SYNTHEA.glob("*.json.gz"))[:2]:
        for entry in parse(gzip.decompress(path.read_bytes()))["entry"]:
            found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return [resource for of in found.values() for resource in of[:RESOURCES]]


def at(node: Any, steps: list[str]) -> Iterator[Any]:
    """The values at a path of the parameter tables, `telecom[system=email].value`."""
    name, _, condition = steps[0].rstrip("]").partition("[")
    member, _, wanted = condition.partition("=")
    value = node.get(name) if isinstance(node, dict) else None
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        if not condition or (isinstance(item, dict) and item.get(member) == wanted):
            yield from at(item, steps[1:]) if steps[1:] else [item]


def spelled(text: object) -> str:
    return "".join("\\" + c if c in "\\,|$" else c for c in str(text))


def asked(parameter: Parameter, leaf: str, value: Any) -> Iterator[tuple[str, str]]:
    """Searches that must find a resource with this value."""
    match parameter.kind, leaf:
        case "token", "CodeableConcept":
            for coding in value.get("coding", []):
                yield from asked(parameter, "Coding", coding)
        case "token", "Coding" if "code" in value:
            yield "", spelled(value["code"])
            yield "", f"{spelled(value.get('system', ''))}|{spelled(value['code'])}"
            if "display" in value:
                yield ":text", spelled(value["display"][:20])
        case "token", "Identifier":
            yield "", f"{spelled(value['system'])}|{spelled(value['value'])}"
        case "token" | "uri", "code" | "uri":
            yield "", spelled(value)
        case "string", "string":
            yield from (("", spelled(value)), (":exact", spelled(value)), (":contains", spelled(value[1:9] or value)))
        case "date", "date" | "dateTime" | "instant":
            yield from (("", value), ("", value[:4]), ("", f"ge{value}"), ("", f"le{value}"))
        case "date", "Period":
            yield from (("", f"le{value['start']}"), ("", f"ge{value['start']}"))
        case "quantity", "Quantity":
            unit = f"{value.get('system', '')}|{value['code']}" if "code" in value else ""
            yield from (("", f"{value['value']}|{unit}".rstrip("|")), ("", f"ge{value['value']}"))
        case "reference", "Reference" if value.get("reference", "").startswith("urn:"):
            yield "", spelled(value["reference"])


@pytest.mark.skipif(not SYNTHEA.is_dir(), reason=f"NOT RUN: no real records at {SYNTHEA}")
def test_a_resource_is_found_by_each_of_its_values() -> None:
    lost, tried = set(), 0
    for resource in sample():
        row = Row(resource["resourceType"], resource["id"], resource, index(resource))
        for name, parameter in supported(row.type).items():
            for path in set(parameter.paths if name not in ("_id", "_lastUpdated") else ()):
                steps, _, leaf = path.partition(":")
                for value in at(resource, steps.split(".")):
                    for modifier, text in asked(parameter, leaf, value):
                        tried += 1
                        if not holds(parse_query(row.type, [(name + modifier, text)], strict=True).where, row, [row]):
                            lost.add((row.type, name + modifier, text))
    assert tried > 1000
    assert not lost
