"""docs/scaling.sql on plain PostgreSQL: the same API over partitions, and a person's search in one of them."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from tests import build
from tests.integration.conftest import Voice

DDL = (Path(__file__).resolve().parents[2] / "docs" / "scaling.sql").read_text()
PEOPLE = 12

pytestmark = pytest.mark.django_db


def rows(sql: str, *values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


@pytest.fixture
def before(feed: Voice) -> list[str]:
    """Ids of twelve people with an Observation each, stored before the tables are partitioned."""
    return [_person(feed, number) for number in range(PEOPLE)]


@pytest.fixture
def partitioned(before: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DDL)
    return before


def _patient(family: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "name": [{"family": family}], "birthDate": "1980-01-01"}


def _person(feed: Voice, number: int) -> str:
    patient = feed.post("Patient", _patient(f"Person{number}"))
    assert patient.status_code == 201, patient.content
    id: str = patient.json()["id"]
    assert feed.post("Observation", build.observation(f"Patient/{id}")).status_code == 201
    return id


def test_nothing_is_lost_and_every_partition_may_hold_some(partitioned: list[str]) -> None:
    assert rows("SELECT count(*) FROM records_current WHERE type = 'Patient'") == [(PEOPLE,)]
    assert len(rows("SELECT DISTINCT tableoid FROM records_current WHERE type = 'Patient'")) > 4


def test_one_persons_search_reads_one_partition(partitioned: list[str]) -> None:
    plan = rows("EXPLAIN SELECT pk FROM records_current WHERE patient = ANY(%s) AND NOT deleted", partitioned[:1])
    assert sum("Scan" in line and " on records_current_" in line for (line,) in plan) == 1


def test_the_api_answers_as_before(feed: Voice, partitioned: list[str]) -> None:
    id = partitioned[3]
    assert feed.get(f"Patient/{id}").status_code == 200
    assert len(feed.ids(f"Observation?patient={id}")) == 1
    assert feed.ids("Patient?family=person3") == [f"Patient/{id}"]
    assert len(feed.ids("Observation?patient.family=person3")) == 1
    assert len(feed.ids(f"Patient/{id}/$everything")) == 2


def test_it_takes_writes(feed: Voice, partitioned: list[str]) -> None:
    id = partitioned[0]
    again = feed.put(f"Patient/{id}", _patient("Renamed") | {"id": id})
    assert again.status_code == 200, again.content
    assert again.json()["meta"]["versionId"] == "2"
    assert feed.delete(f"Patient/{partitioned[1]}").status_code == 204
    new = _person(feed, 100)
    assert feed.ids("Patient?family=renamed,person100") == [f"Patient/{id}", f"Patient/{new}"]
    assert feed.get(f"Patient/{id}/_history").json()["total"] == 2


def test_an_id_is_still_used_once_across_partitions(partitioned: list[str]) -> None:
    copy = "INSERT INTO records_current SELECT pk, key, version_pk, low, high, updated_at, present, version, deleted,"
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows(
            f"{copy} type, id, hospital, 'someone-else', terms, refs, labels, marks FROM records_current WHERE id = %s",
            partitioned[0],
        )
    assert isinstance(refused.value.__cause__, psycopg.errors.UniqueViolation)


def test_versions_are_still_append_only(partitioned: list[str]) -> None:
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        rows("UPDATE records_version SET author = 'Mallory'")
