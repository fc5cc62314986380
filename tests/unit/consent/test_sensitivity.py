"""The table of code sets that labels what comes in."""

import json
from pathlib import Path

import pytest

from medbridge.consent.sensitivity import BadTable, labels_of, load, read, shipped

ICD = "http://hl7.org/fhir/sid/icd-10"


@pytest.mark.parametrize(
    ("system", "code", "label"),
    [(ICD, "B20.1", "HIV"), (ICD, "B24", "HIV"), (ICD, "F10.2", "ETHUD"), (f"{ICD}-cm", "F11.20", "OPIOIDUD"),
     (ICD, "F32.1", "PSY"), (ICD, "A54", "STD"), ("http://loinc.org", "20447-9", "HIV")],
)  # fmt: skip
def test_a_code_brings_its_label(system: str, code: str, label: str) -> None:
    assert labels_of([(system, code)], shipped()) == {label}


@pytest.mark.parametrize(("system", "code"), [(ICD, "B25"), (ICD, "F17.2"), ("http://x.example", "B20"), (None, "B20")])
def test_another_code_brings_none(system: str | None, code: str) -> None:
    assert labels_of([(system, code)], shipped()) == set()


def test_a_hospital_adds_its_own(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    added = {"label": "http://north.example|vip", "source": "North", "systems": [ICD], "codes": ["B20*", "Z76.5"]}
    own.write_text(json.dumps({"sets": [added]}))
    assert labels_of([(ICD, "B20.1")], load(str(own))) == {"HIV", "http://north.example|vip"}
    assert labels_of([(ICD, "Z76.5")], load(str(own))) == {"http://north.example|vip"}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"sets": [{"label": "HIV"}]}',
                b'{"sets": [{"label": "N", "source": "x", "systems": ["x"], "codes": ["1"]}]}',
                b'{"sets": [{"label": "HIV", "source": "x", "systems": ["x"], "codes": ["*"]}]}',
                b'{"sets": [{"label": "HIV", "source": "x", "systems": "x", "codes": ["1"]}]}'],
)  # fmt: skip
def test_a_table_that_is_half_understood_is_refused(content: bytes) -> None:
    with pytest.raises(BadTable, match=r"table\.json"):
        read(content, "table.json")


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(BadTable, match="LABEL_TABLE: /nowhere cannot be read"):
        load("/nowhere")
