"""SQL finds what the conditions mean, said once more in Python, over the stored resources of Synthea people."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from medbridge.fhir.index import index
from medbridge.fhir.parameters import supported
from medbridge.fhir.parse import parse
from medbridge.fhir.search import parse_query
from medbridge.records import search, search_resolve
from medbridge.records.statement import EVERYONE
from medbridge.records.store import Change, write
from tests.unit.fhir.evaluation import Row, holds
from tests.unit.fhir.test_search_real_records import SYNTHEA, asked, at, sample

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SYNTHEA.is_dir(), reason=f"NOT RUN: no real records at {SYNTHEA}"),
]
MORE = [
    ("Observation", "code:text=body&date=ge2010"),
    ("Observation", "value-quantity=gt0.1|http://unitsofmeasure.org|m&status:not=amended"),
    ("Observation", "code-value-quantity=http://loinc.org|8302-2$ge100"),
    ("Observation", "component-code-value-quantity=http://loinc.org|8462-4$gt1"),
    ("Observation", "date:missing=true"),
    ("Observation", "encounter:missing=false&_sort=-date"),
    ("Observation", "subject.gender=female,male"),
    ("Observation", "subject:Patient.name:contains=a&category=vital-signs"),
    ("Observation", "encounter.class=AMB&value-quantity=sa1"),
    ("Patient", "_has:Observation:patient:code=http://loinc.org|8302-2"),
    ("Patient", "_has:Condition:subject:_has:Encounter:diagnosis:status=finished"),
    ("Patient", "address-city:exact=Boston&birthdate=lt2020"),
    ("Condition", "_filter=code eq 444814009 or (onset-date gt 2000 and not (clinical-status eq active))"),
    ("Encounter", "date=ap2015&length=gt1"),
    ("Encounter", "participant.name=a&_sort=status,-date"),
    ("Claim", "_content=polyhedron"),
    ("Procedure", "_text=a"),
]


@pytest.fixture
def rows() -> list[Row]:
    resources = sample()
    changes = [Change(r["resourceType"], r["id"], "PUT", r, "north", None) for r in resources]
    stored = [parse(each.body) for each in write(changes, at=timezone.now(), author="x", message=None)]
    return [Row(body["resourceType"], body["id"], body, index(body)) for body in stored]


def questions(rows: list[Row]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        for name, parameter in supported(row.type).items():
            for path in set(parameter.paths if name not in ("_id", "_lastUpdated") else ()):
                steps, _, leaf = path.partition(":")
                for value in at(row.body, steps.split(".")):
                    for modifier, text in asked(parameter, leaf, value):
                        yield row.type, name + modifier, text


def by_sql(query: Any) -> set[str]:
    return {hit.id for hit in search.page(query, visible=EVERYONE, limit=1000)}


def by_meaning(query: Any, rows: list[Row]) -> set[str]:
    return {row.id for row in rows if row.type == query.type and holds(query.where, row, rows)}


def test_for_every_value_of_every_parameter(rows: list[Row]) -> None:
    asked_once = sorted(set(questions(rows)))
    # All kinds and all types in turn, without asking the same of each resource.
    for type, name, text in asked_once[::7]:
        query = parse_query(type, [(name, text)], strict=True)
        assert by_sql(query) == by_meaning(query, rows), (type, name, text)


@pytest.mark.parametrize(("type", "text"), MORE)
def test_for_conditions_together(rows: list[Row], type: str, text: str) -> None:
    query = parse_query(type, [tuple(pair.split("=", 1)) for pair in text.split("&")], strict=True)  # type: ignore[misc]
    assert by_sql(query) == by_meaning(query, rows)


def test_for_codes_that_many_rows_have(rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_resolve, "FEW_SOURCES", 0)
    monkeypatch.setattr(search_resolve, "_common", set())
    for more in ([], [("birthdate", "lt2000")], [("death-date", "gt1900")]):
        pairs = [("_has:Observation:patient:code", "http://loinc.org|8302-2"), *more]
        query = parse_query("Patient", pairs, strict=True)
        assert by_sql(query) == by_meaning(query, rows), more
