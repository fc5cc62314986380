import json
import os
from pathlib import Path

import pytest

from medbridge.fhir.compartments import COMPARTMENTS, members
from medbridge.fhir.extract import source
from medbridge.fhir.parameters import _ROWS, CLINICAL_DATE, clinical_date, date_column, stored, supported
from medbridge.fhir.terms import salt
from tools.generate_fhir_search import FOLDER, TABLES, generated

WITHOUT_EXPRESSION = {"_text", "_content", "_query"}


@pytest.fixture(scope="module")
def definitions() -> Path:
    folder = os.environ.get("MEDBRIDGE_DEFINITIONS")
    if not folder:
        pytest.skip("MEDBRIDGE_DEFINITIONS is not set: the search tables were NOT compared with the definitions")
    return Path(folder) / FOLDER


def test_the_tables_are_what_the_definitions_say(definitions: Path) -> None:
    for name, content in generated(definitions).items():
        assert (TABLES / name).read_text(encoding="utf-8") == content, name


def test_every_parameter_of_every_type_is_there(definitions: Path) -> None:
    content = json.loads((definitions / "search-parameters.json").read_text())
    sources = [entry["resource"] for entry in content["entry"] if entry["resource"]["version"] == "4.0.1"]
    asked = {(type, s["code"]) for s in sources for type in s["base"] if type not in ("Resource", "DomainResource")}
    common = {s["code"] for s in sources if s["base"][0] in ("Resource", "DomainResource")} - WITHOUT_EXPRESSION
    missing = {(type, name) for type, name in asked if name not in supported(type)}
    assert not missing
    assert common <= {*supported("Basic")}


def test_bits_are_distinct_and_fit_a_bigint() -> None:
    for type in _ROWS:
        bits = [parameter.bit for parameter in supported(type).values() if parameter.bit]
        assert len(set(bits)) == len(bits)
        assert max(bits) < 2**63


def test_salts_are_those_of_type_and_name() -> None:
    assert supported("Patient")["name"].salt == salt("Patient", "name")
    salts = [parameter.salt for type in _ROWS for parameter in supported(type).values()]
    assert len(set(salts)) == len(salts)


@pytest.mark.parametrize(
    ("type", "name", "parts"),
    [
        ("Observation", "combo-code", ("code", "component-code")),
        ("Observation", "combo-value-quantity", ("component-value-quantity", "value-quantity")),
        ("Observation", "combo-code-value-quantity", ("code-value-quantity", "component-code-value-quantity")),
        ("Observation", "patient", ("subject",)),
        ("Observation", "code", ("code",)),
        ("Encounter", "practitioner", ("participant",)),
    ],
)
def test_what_others_add_up_to_is_not_stored_twice(type: str, name: str, parts: tuple[str, ...]) -> None:
    assert tuple(parameter.name for parameter in stored(type, supported(type)[name])) == parts


def test_what_is_stored_in_anothers_place_is_stored() -> None:
    for type in _ROWS:
        for name in supported(type):
            assert all(not parameter.expands for parameter in stored(type, supported(type)[name])), (type, name)


def test_a_narrower_parameter_keeps_its_own_targets() -> None:
    assert supported("Observation")["patient"].targets == ("Patient",)
    assert supported("Observation")["subject"].targets == ("Device", "Group", "Location", "Patient")
    assert supported("Provenance")["target"].targets == ()


def test_the_parts_of_composites_are_parameters_of_the_type() -> None:
    for type in _ROWS:
        for parameter in supported(type).values():
            for part in parameter.components:
                assert supported(type)[part.parameter].kind == part.kind, (type, parameter.name)


def test_every_clinical_date_is_a_date_parameter_of_its_type() -> None:
    assert not [(t, n) for t, names in CLINICAL_DATE.items() for n in names if supported(t)[n].kind != "date"]


@pytest.mark.parametrize(
    ("type", "name", "column"),
    [
        ("Observation", "date", True),
        ("Observation", "value-date", False),
        ("Condition", "onset-date", False),  # the column may hold recorded-date instead
        ("Substance", "expiry", False),  # several instances, one column
    ],
)
def test_the_columns_answer_for_a_date_only_where_they_hold_nothing_else(type: str, name: str, column: bool) -> None:
    assert date_column(type, name) is column
    assert name in (*clinical_date(type), "value-date")


def test_the_five_compartments_are_made_of_reference_parameters() -> None:
    for compartment in COMPARTMENTS:
        for type, names in members(compartment).items():
            assert {supported(type)[name].kind for name in names} == {"reference"}, (compartment, type)
    assert members("Patient")["Observation"] == ("performer", "subject")
    assert "Medication" not in members("Patient")


def test_every_type_compiles() -> None:
    for type in _ROWS:
        compile(source(type, supported(type).values()), type, "exec")
