"""A record that is written alone, by one statement, is stored as one of a bundle is, by COPY."""

import re
from typing import Any

import pytest
from django.db import connection

from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

COMPONENTS = [{"code": {"text": "part"}, "valueQuantity": {"value": value, "unit": "kg"}} for value in (1.50, 2e3)]
RECORDS = {
    "Patient": build.patient(name=[{"family": 'O"Brien, {x}', "given": ["Ann\\a", "NULL"]}], birthDate="1980-02"),
    "Observation": build.observation("Patient/north-alice", component=COMPONENTS, issued="2024-01-01T00:00:00Z"),
    "Encounter": {
        "resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/north-alice"}, "period": {"start": "2024-01-01"},
        "length": {"value": 90, "unit": "min", "system": "http://unitsofmeasure.org", "code": "min"},
    },
}  # fmt: skip
GOES = ("name", "birthDate", "component", "issued", "period", "length")
VALUES = {
    "records_text": "salt, value",
    "records_date": "salt, low, high, pair",
    "records_number": "salt, low, high, units, unit, base_low, base_high, pair",
    "records_current": "type, deleted, hospital, low, high, present, array_length(terms, 1), labels",
}


def found_by(id: str) -> list[Any]:
    """The rows by which searches find this record."""
    rows = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pk FROM records_current WHERE id = %s", [id])
        [(pk,)] = cursor.fetchall()
        for table, columns in VALUES.items():
            key = "pk" if table == "records_current" else "record"
            cursor.execute(f"SELECT {columns} FROM {table} WHERE {key} = %s", [pk])
            rows.append(sorted(cursor.fetchall(), key=str))
    return rows


@pytest.fixture(autouse=True)
def alice(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))


@pytest.mark.parametrize("type", RECORDS)
def test_alone_or_in_a_bundle_it_is_found_by_the_same(feed: Voice, type: str) -> None:
    alone, other, another = ({**RECORDS[type], "id": f"north-{n}"} for n in range(3))
    feed.put(f"{type}/north-0", alone)
    assert feed.post("", build.transaction(other, another)).status_code == 200
    assert found_by("north-0") == found_by("north-1")
    assert any(found_by("north-0")[:3])


@pytest.mark.parametrize("type", RECORDS)
def test_an_update_alone_leaves_no_value_of_before(feed: Voice, type: str) -> None:
    then = {name: value for name, value in RECORDS[type].items() if name not in GOES}
    feed.put(f"{type}/north-0", {**RECORDS[type], "id": "north-0"})
    feed.put(f"{type}/north-0", {**then, "id": "north-0"})
    feed.put(f"{type}/north-1", {**then, "id": "north-1"})
    assert found_by("north-0") == found_by("north-1")


def test_a_create_is_four_statements_that_write(feed: Voice) -> None:
    """The message, the record, its commitment with the outbox row, the access record."""
    feed.post("Observation", RECORDS["Observation"])
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        answer = feed.post("Observation", RECORDS["Observation"])
    assert answer.status_code == 201, answer.content
    written = [found[1] for sql in seen if (found := re.search(r"INSERT INTO (\w+)", sql))]
    written = [table for table in written if table != "records_display"]  # of each code once
    assert written == ["inbox_message", "records_version", "anchoring_submission", "audit_access"]
