"""Which observations are the newest of their code (FHIR R4 observation-operation-lastn)."""

from typing import Any

import pytest

from medbridge.fhir.grouping import newest


def coded(*codes: str) -> dict[str, Any]:
    return {"coding": [{"system": "s", "code": code} for code in codes]}


def chosen(*observations: tuple[int, dict[str, Any]], most: int = 1) -> list[int]:
    """observations: (when, code), newest first; the places of the chosen ones."""
    return newest([(at, when, code) for at, (when, code) in enumerate(observations)], most)


def test_the_newest_of_each_code() -> None:
    assert chosen((9, coded("a")), (8, coded("b")), (7, coded("a"))) == [0, 1]
    assert chosen((9, coded("a")), (8, coded("b")), (7, coded("a")), most=2) == [0, 1, 2]


def test_those_as_old_as_the_last_come_too() -> None:
    assert chosen((9, coded("a")), (9, coded("a")), (8, coded("a"))) == [0, 1]
    assert chosen((9, coded("a")), (8, coded("a")), (8, coded("a")), (7, coded("a")), most=2) == [0, 1, 2]


@pytest.mark.parametrize(
    ("codes", "groups"),
    [([coded("a"), coded("b"), coded("c")], 3), ([coded("a"), coded("b"), coded("a", "c")], 2),
     ([coded("a"), coded("b"), coded("a", "b")], 1),
     ([{"text": "textM"}, {"text": "Text"}, {"text": "t e x t"}], 3), ([{"text": "x"}, {"text": "x"}], 1),
     ([{"coding": [{"system": "s", "code": "a"}]}, {"coding": [{"system": "t", "code": "a"}]}], 2), ([{}, {}], 1)],
)  # fmt: skip
def test_codes_are_grouped_as_the_specification_shows(codes: list[dict[str, Any]], groups: int) -> None:
    assert len(chosen(*((10 - at, code) for at, code in enumerate(codes)))) == groups
