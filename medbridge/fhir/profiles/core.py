"""R4's own profiles (vital signs ...) and value sets, for packages that name them without bringing them.

The table is written by tools/generate_fhir_core.py from HL7's R4 4.0.1 definitions and names its source.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from medbridge.fhir.profiles.narrowing import CORE
from medbridge.fhir.profiles.table import Structure
from medbridge.fhir.profiles.value_sets import Codes
from medbridge.fhir.structure import codes as bound_codes
from medbridge.fhir.structure import is_complex

# A datatype of R4 to its own tables, a profile of Quantity to a package that names it.
_SIMPLE_QUANTITY = Structure(
    url=f"{CORE}SimpleQuantity", version="4.0.1", name="SimpleQuantity", type="Quantity",
    root={"children": {"comparator": {"max": 0}}},
)  # fmt: skip


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = orjson.loads((files("medbridge.fhir") / "tables" / "core.json").read_bytes())
    table["profiles"][_SIMPLE_QUANTITY["url"]] = _SIMPLE_QUANTITY
    return table


def structure(canonical: str) -> Structure | None:
    """The table of a profile that R4 itself publishes."""
    found: Structure | None = _table()["profiles"].get(canonical.removesuffix("|4.0.1"))
    return found


@cache
def _codes(url: str) -> Codes | None:
    listed = bound_codes(url) or _table()["sets"].get(url)
    return Codes({system: frozenset(codes) for system, codes in listed.items()}) if listed else None


def codes(canonical: str) -> Codes | None:
    """The codes of a value set of R4, where they can be listed whole."""
    url = canonical.partition("|")[0]
    return _codes(url) if url.startswith("http://hl7.org/fhir/ValueSet/") else None


def is_type(canonical: str) -> bool:
    """Whether the canonical is that of a type of R4 (Patient, Resource), which is no profile."""
    name = canonical.removeprefix(CORE).partition("|")[0]
    return canonical.startswith(CORE) and is_complex(name) and name not in ("SimpleQuantity", "MoneyQuantity")
