"""The quick test accepts nothing that the check refuses, and leaves to the check only what is rare."""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medbridge.fhir import accept
from medbridge.fhir.accept import accepts
from medbridge.fhir.elements import judge_resource
from medbridge.fhir.parse import parse
from medbridge.fhir.structure import resource_types
from tests.unit.fhir.resources import DIV, bundle, extension, observation, patient, put
from tests.unit.fhir.test_validate_right import RIGHT
from tests.unit.fhir.test_validate_wrong import CASES

SYNTHEA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "synthea"
needs_synthea = pytest.mark.skipif(not SYNTHEA.is_dir(), reason=f"NOT RUN: no Synthea records at {SYNTHEA}")
# Right, but left to the check.
RARE = {
    "primitive extension in place of a value",
    "primitive extension beside a value",
    "primitive extension of an id",
    "primitive extension of a required value",
    "primitive extension of a choice",
    "nulls that pad both lists",
    "many nulls that pad",
    "extensions in place of a whole list",
    "contained that refers to its container",
    "an extended url",
}
JUNK: list[Any] = [
    *(None, "", "x", " x", "x\x01", 0, 1, -1.5, 1.0, 2**40, True, False, [], {}, [None], ["x"], [[{}]], {"id": "x"}),
    *(
        {"reference": "#x"},
        {"reference": "Patient/1"},
        {"reference": "a b"},
        {"reference": "Patient/1", "type": "Group"},
    ),
    *([{"url": "u"}], [extension(valueCode="x")], "2026-02-30", "2026", "2026-02-28T09:30:00Z", "#x", "urn:oid:1.2"),
    *({"value": 1, "code": "kg"}, {"start": "2026", "end": "2025"}, {"coding": [{"code": "x"}]}, {"text": "x"}, DIV),
]
KEYS = ["id", "_id", "extension", "contained", "value", "valueString", "_status", "resourceType", "url", "type", "text"]


@pytest.mark.parametrize("resource", [case.values[0] for case in CASES], ids=[str(case.id) for case in CASES])
def test_what_is_wrong_is_not_accepted(resource: dict[str, Any]) -> None:
    assert not accepts(resource)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_accepted_unless_rare(name: str) -> None:
    assert accepts(RIGHT[name]) is (name not in RARE)


@pytest.mark.parametrize("kind", sorted(resource_types()))
def test_an_empty_resource_of_any_type_is_judged_alike(kind: str) -> None:
    assert accepts({"resourceType": kind}) is not bool(judge_resource({"resourceType": kind}))


@needs_synthea
def test_every_synthea_resource_is_accepted() -> None:
    assert [r["resourceType"] for r in synthea(3) if not accepts(r)] == []


@needs_synthea
def test_spoiled_anywhere_the_quick_test_and_the_check_agree() -> None:
    chance = random.Random(0)
    seeds = [*chance.sample(synthea(2), 60), *RIGHT.values()]
    differ = []
    for _ in range(6000):
        resource = copy.deepcopy(chance.choice(seeds))
        spoil(resource, chance)
        right = not judge_resource(resource)
        if accepts(resource) is not right and not (right and is_rare(resource)):
            differ.append(resource)
    assert differ == []


def test_texts_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accept, "_REMEMBERED", 10)
    memory = accept._Remembered(lambda text: True)
    for number in range(100):
        assert memory[str(number)]
    assert len(memory) <= 10 and memory["x" * 1000] and "x" * 1000 not in memory


def test_one_wrong_entry_of_a_bundle_is_found() -> None:
    entries = [put(patient(id=f"p{number}")) for number in range(50)]
    assert accepts(bundle("transaction", *entries))
    assert not accepts(bundle("transaction", *entries, put(observation(status="finall"))))


def synthea(files: int) -> list[dict[str, Any]]:
    paths = sorted(SYNTHEA.glob("*.json.gz"))[:files]
    return [entry["resource"] for path in paths for entry in parse(gzip.decompress(path.read_bytes()))["entry"]]


def is_rare(resource: dict[str, Any]) -> bool:
    text = json.dumps(resource)
    return '"_' in text or '"contained"' in text or '": [null' in text


def spoil(resource: Any, chance: random.Random) -> None:
    holder, key = chance.choice(list(_places(resource)))
    match chance.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[chance.choice(KEYS)] = copy.deepcopy(chance.choice(JUNK))
        case 2 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case _:
            holder[key] = copy.deepcopy(chance.choice(JUNK))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(item)
