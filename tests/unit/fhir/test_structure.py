"""The tables of R4 that we ship: whole, and what the generator makes of the official definitions."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import orjson
import pytest

from medbridge.fhir import elements as compiled
from medbridge.fhir.invariants import ALL
from medbridge.fhir.primitives import check_primitive
from medbridge.fhir.structure import codes, elements, is_complex, resource_types
from medbridge.fhir.validate import issues
from tests.unit.fhir.resources import patient

TABLES = Path(__file__).resolve().parents[3] / "medbridge" / "fhir" / "tables"
NAMES = ("structure.json", "codes.json")


def test_all_146_resource_types_of_r4_are_there() -> None:
    assert len(resource_types()) == 146
    assert {"Patient", "SubstanceProtein", "MedicinalProduct", "EvidenceVariable"} <= resource_types()
    assert not {"Resource", "DomainResource", "SubscriptionStatus"} & resource_types()


@pytest.mark.parametrize("kind", sorted(resource_types()))
def test_a_resource_type_compiles_and_judges(kind: str) -> None:
    assert all(issue.expression for issue in issues({"resourceType": kind, "noSuchElement": 1}))


def test_every_type_named_is_a_table_or_a_primitive() -> None:
    table = orjson.loads((TABLES / "structure.json").read_bytes())["types"]
    named = {element.type for name in table for element in elements(name).values()}
    assert [name for name in named if not is_complex(name) and not check_primitive(name)] == []


def test_targets_are_r4_resource_types() -> None:
    table = orjson.loads((TABLES / "structure.json").read_bytes())["types"]
    targets = {target for name in table for element in elements(name).values() for target in element.targets}
    assert targets <= resource_types()


def test_only_value_sets_no_list_can_hold_are_left_out() -> None:
    table = orjson.loads((TABLES / "structure.json").read_bytes())["types"]
    bound = {element.codes for name in table for element in elements(name).values() if element.codes}
    left_out = {value_set.rpartition("/")[2] for value_set in bound if codes(value_set) is None}
    assert left_out == {"mimetypes", "currencies", "ucum-units", "LL379-9"}


def test_every_invariant_belongs_to_a_type_of_r4() -> None:
    assert [name for name in ALL if not is_complex(name)] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_name_their_source(name: str) -> None:
    assert "HL7 FHIR R4 4.0.1" in orjson.loads((TABLES / name).read_bytes())["source"]


def test_types_are_compiled_once_for_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_checks", {})
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(issues(patient()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[]] * 8


@pytest.mark.skipif("MEDBRIDGE_DEFINITIONS" not in os.environ, reason="NOT RUN: MEDBRIDGE_DEFINITIONS is not set")
@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_tables_are_what_the_generator_writes(name: str) -> None:
    from tools.generate_fhir_structure import main

    assert main(Path(os.environ["MEDBRIDGE_DEFINITIONS"]))[name] == (TABLES / name).read_bytes()
