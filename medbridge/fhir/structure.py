"""The R4 definitions as tables: types, their elements, and the codes of required bindings.

The tables are written by tools/generate_fhir_structure.py from HL7's R4 4.0.1 definitions and name their source.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Element:
    """One JSON key of a type. `choice` is the group ("value") of which only one key may be there.

    type: a primitive ("date"), a datatype ("HumanName") or an inner type ("Patient.contact").
    targets: resource types a Reference may point to; empty: any.
    codes: canonical address of the value set of a required binding.
    """

    type: str
    required: bool = False
    many: bool = False
    choice: str | None = None
    targets: tuple[str, ...] = ()
    codes: str | None = None


@cache
def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = orjson.loads((files("medbridge.fhir") / "tables" / name).read_bytes())
    return table


@cache
def resource_types() -> frozenset[str]:
    """The 146 concrete resource types of R4."""
    return frozenset(_table("structure.json")["resources"])


def is_complex(name: str) -> bool:
    """Whether the type is an object in JSON, not a primitive."""
    return name in _table("structure.json")["types"]


@cache
def elements(name: str) -> dict[str, Element]:
    """The elements of a type by JSON key, choices spelled out (`valueQuantity`). Raises KeyError for no such type."""
    return {
        key: Element(
            type=spec["type"],
            required=spec.get("min", 0) > 0,
            many=spec.get("max") == "*",
            choice=spec.get("choice"),
            targets=tuple(spec.get("targets", ())),
            codes=spec.get("codes"),
        )
        for key, spec in _table("structure.json")["types"][name].items()
    }


def codes(value_set: str) -> dict[str, list[str]] | None:
    """The codes of a bound value set by system; None for the four that no list can hold (MIME types, UCUM ...)."""
    listed: dict[str, list[str]] | None = _table("codes.json")["sets"].get(value_set)
    return listed
